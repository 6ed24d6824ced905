"""A file's models as the C text of OSDI 0.3 devices: self-contained, the same on each rendering, readable."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import abi, functions, stamps
from .device import Device, identifier
from .mir import Model


def render(models: Sequence[Model], source: str) -> str:
    """The C text of a file's modules; `source` is the name of the Verilog-A file, for the first line."""
    bodies = [_text(Device(model)) for model in models]
    body = "\n".join(bodies)
    helpers = [text for name, text in abi.HELPERS.items() if re.search(rf"\b{name}\(", body)]
    descriptors = ",\n".join(f"  {identifier(model.name)}_DESCRIPTOR" for model in models)
    export = '__attribute__((visibility("default")))'
    return "\n".join(
        [
            f"/* {source} as an OSDI {abi.VERSION[0]}.{abi.VERSION[1]} device, written by spicemtj: change the Verilog-A, not this. */",
            "",
            abi.HEADER,
            *helpers,
            body,
            f"{export} const uint32_t OSDI_VERSION_MAJOR = {abi.VERSION[0]};",
            f"{export} const uint32_t OSDI_VERSION_MINOR = {abi.VERSION[1]};",
            f"{export} const uint32_t OSDI_NUM_DESCRIPTORS = {len(models)};",
            f"{export} const struct osdi_descriptor OSDI_DESCRIPTORS[] = {{",
            descriptors,
            "};",
            "",
        ]
    )


def _text(d: Device) -> str:
    """Structs, functions and tables of one module."""
    return "\n".join(
        [
            f"/* -- module {d.model.name} -- */\n",
            functions.structs(d),
            functions.access(d),
            functions.initialise(d),
            functions.prepare(d),
            functions.setup(d),
            functions.evaluate(d),
            stamps.loads(d),
            stamps.tables(d),
        ]
    )
