"""Runs openvaf-py on one file and prints what it found as JSON. A program of its own: the front end may print, panic or abort."""

from __future__ import annotations

import json
import sys

_FIELDS = (
    "name",
    "param_names",
    "param_kinds",
    "init_param_names",
    "init_param_kinds",
    "callback_names",
    "collapsible_pairs",
)


def main(path: str) -> int:
    """Exit code 0 with JSON on stdout, 3 where the file has mistakes (told on stderr), anything else for a front end that broke."""
    import openvaf_py

    try:
        modules = openvaf_py.compile_va(path)
    except ValueError:
        return 3
    found = []
    for module in modules:
        one = {name: getattr(module, name) for name in _FIELDS}
        one["descriptor"] = module.get_osdi_descriptor()
        one["strings"] = module.get_str_constants()
        one["system"] = module.get_dae_system()
        one["eval"] = module.get_mir_instructions()
        one["init"] = module.get_init_mir_instructions()
        found.append(one)
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
