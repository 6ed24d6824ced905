"""TOML to dataclasses: what is converted, and that every mistake is named with its remedy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from spicemtj.config import build, read_toml
from spicemtj.errors import InputError


@dataclass(frozen=True)
class Pulse:
    volts: float = field(metadata={"unit": "V"})
    seconds: float = field(default=5e-9, metadata={"unit": "s"})


@dataclass(frozen=True)
class Study:
    name: str
    pulse: Pulse
    size: int = 8
    seeds: tuple[int, ...] = (1,)
    widths: tuple[float, ...] = field(default=(), metadata={"unit": "s"})
    steps: tuple[Pulse, ...] = ()
    verify: bool = False
    limit: float | None = None


GOOD = {"name": "a", "pulse": {"volts": 0.9}}


def test_defaults_and_nesting() -> None:
    assert build(Study, GOOD) == Study("a", Pulse(0.9))


def test_every_kind_of_value() -> None:
    table = {
        "name": "b",
        "pulse": {"volts": "900mV", "seconds": "2.5ns"},
        "size": 16,
        "seeds": [3, 4],
        "widths": ["1ns", 2e-9],
        "steps": [{"volts": 1}, {"volts": "1.1 V"}],
        "verify": True,
        "limit": "5%",
    }
    assert build(Study, table) == Study("b", Pulse(0.9, 2.5e-9), 16, (3, 4), (1e-9, 2e-9), (Pulse(1.0), Pulse(1.1)), True, 0.05)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sizes": 4}, ("key in study", "'sizes'", "did you mean 'size'")),
        ({"pulse": {"volt": 1.0}}, ("key in study.pulse", "'volt'", "did you mean 'volts'")),
        ({"pulse": {}}, ("study.pulse lacks volts",)),
        ({"pulse": 3}, ("study.pulse must be a table",)),
        ({"pulse": {"volts": "1 ns"}}, ("study.pulse.volts", "'1 ns'", "in V")),
        ({"pulse": {"volts": True}}, ("study.pulse.volts must be a number",)),
        ({"pulse": {"volts": [1.0]}}, ("study.pulse.volts must be a number",)),
        ({"size": 4.5}, ("study.size must be of type int", "4.5")),
        ({"size": True}, ("study.size must be of type int", "True")),
        ({"size": "4"}, ("study.size must be of type int", "'4'")),
        ({"name": 3}, ("study.name must be of type str", "3")),
        ({"verify": 1}, ("study.verify must be of type bool", "1")),
        ({"seeds": 3}, ("study.seeds must be a list", "3")),
        ({"seeds": [1, "x"]}, ("study.seeds must be of type int", "'x'")),
        ({"steps": [{"volts": 1.0}, {"volt": 1.0}]}, ("key in study.steps", "'volt'")),
    ],
)
def test_a_mistake_is_named(change: dict[str, object], words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        build(Study, GOOD | change, "study")
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InputError, match="study lacks name, pulse"):
        build(Study, {}, "study")


def test_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('name = "a"\n[pulse]\nvolts = "0.9 V"\n')
    assert build(Study, read_toml(path)) == Study("a", Pulse(0.9))


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot read"), (b"a = = 1\n", "line 1"), (b"\xff\xfe", "not valid TOML")],
)
def test_a_bad_file_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_toml(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_toml(tmp_path)
