"""Result files: what is written is read back, with units; a file is replaced whole or not at all; wrong files get one clear line."""

import h5py
import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.results import SCHEMA, Quantity, Result, read, replacing, write


def example():
    rng = np.random.default_rng(1)
    data = {
        "volts": Quantity(rng.normal(size=(5, 7)), "V", "cell voltages"),
        "deep": {"names": Quantity(np.array(["a", "b\u00b5"]), "1"), "count": Quantity(np.array(3), "1")},
        "large": Quantity(rng.normal(size=1000), "A"),
    }
    return Result("write", data, {"sizes": [1, 2]}, {"p": 0.5, "who": "x"}, seed=7)


def test_round_trip(tmp_path):
    path = write(tmp_path / "a.h5", example())
    back = read(path, "write")
    assert back.seed == 7
    assert back.config == {"sizes": [1, 2]}
    assert back.summary == {"p": 0.5, "who": "x"}
    np.testing.assert_array_equal(back.value("volts"), example().value("volts"))
    np.testing.assert_array_equal(back.value("large"), example().value("large"))
    assert back.data["volts"].unit == "V"
    assert back.data["volts"].note == "cell voltages"
    assert list(back.value("deep/names")) == ["a", "b\u00b5"]
    assert {"spicemtj", "ngspice", "numpy", "scipy", "written"} <= set(back.provenance)


def test_every_dataset_has_a_unit_and_the_file_a_schema(tmp_path):
    path = write(tmp_path / "a.h5", example())
    found = []
    with h5py.File(path) as file:
        assert file.attrs["schema"] == SCHEMA
        file.visititems(lambda name, node: found.append("unit" in node.attrs) if isinstance(node, h5py.Dataset) else None)
    assert len(found) == 4
    assert all(found)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_wrong_files_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(InputError, match=r"text\.h5"):
        read(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w"):
        pass
    with pytest.raises(InputError, match="not one of spicemtj"):
        read(tmp_path / "other.h5")
    path = write(tmp_path / "a.h5", example())
    with pytest.raises(InputError, match="give a training file"):
        read(path, "training")
    with h5py.File(path, "a") as file:
        file.attrs["schema"] = SCHEMA + 1
    with pytest.raises(InputError, match="update spicemtj"):
        read(path)
    with pytest.raises(InputError, match="folder"):
        write(tmp_path / "no" / "a.h5", example())


def test_a_missing_dataset_is_named(tmp_path):
    with pytest.raises(InputError, match="'deep/x'"):
        example().value("deep/x")
