"""Data sets: stratified splits by seed, standardised inputs."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.training.datasets import load, standardised, stratified, table
from spicemtj.training.settings import DataSettings
from spicemtj.training.tables import read_table


@pytest.mark.parametrize(("name", "samples", "features", "classes"), [("digits", 1797, 64, 10), ("breast-cancer", 569, 30, 2)])
def test_tables_are_the_published_ones(name, samples, features, classes):
    data = load(DataSettings(name), seed=1)
    assert len(data.x_train) + len(data.x_test) == samples
    assert (data.features, data.classes) == (features, classes)
    assert set(np.unique(data.y_test)) == set(range(classes))


def test_a_split_keeps_every_class_in_its_share_and_loses_no_sample():
    _, y = table("digits")
    train, test = stratified(y, 0.2, seed=3)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(y)))
    for label in range(10):
        assert np.sum(y[test] == label) == round(0.2 * np.sum(y == label))


def test_splits_follow_the_seed():
    _, y = table("breast-cancer")
    np.testing.assert_array_equal(stratified(y, 0.2, 5)[1], stratified(y, 0.2, 5)[1])
    assert not np.array_equal(np.sort(stratified(y, 0.2, 5)[1]), np.sort(stratified(y, 0.2, 6)[1]))


def test_the_test_part_has_no_say_in_the_scaling():
    x = np.array([[0.0, 5.0, 1e-9], [2.0, 5.0, 3e-9], [100.0, 7.0, 2e-9]])
    scaled = standardised(x, x[:2], clip=2.0)
    np.testing.assert_allclose(scaled, [[-1, 0, -1], [1, 0, 1], [2, 0, 0]], atol=1e-12)


def test_training_inputs_are_centred_and_of_deviation_one():
    data = load(DataSettings("breast-cancer", clip=100.0), seed=2)
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-12)
    clipped = load(DataSettings("breast-cancer", clip=1.5), seed=2)
    np.testing.assert_array_equal(clipped.x_test, np.clip(data.x_test, -1.5, 1.5))


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean 'digits'"):
        load(DataSettings("digit"), seed=1)


def test_a_class_too_small_to_share():
    with pytest.raises(InputError, match=r"class 1 \(2 samples\)"):
        stratified(np.array([0] * 50 + [1] * 2), 0.2, seed=1)


def write_idx(path, values, *, packed=False, magic=8):
    raw = bytes((0, 0, magic, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if packed else raw)


def write_mnist(folder, train=30, test=10, packed=False):
    rng = np.random.default_rng(3)
    folder.mkdir(exist_ok=True)
    made = {}
    for part, count in (("train", train), ("t10k", test)):
        made[part] = rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
        for kind, values in zip(("images-idx3", "labels-idx1"), made[part], strict=True):
            write_idx(folder / f"{part}-{kind}-ubyte{'.gz' if packed else ''}", values, packed=packed)
    return made


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_is_read_from_a_folder_or_one_of_its_files(tmp_path, packed):
    made = write_mnist(tmp_path / "m", packed=packed)
    data = load(DataSettings("mnist", path=str(tmp_path / "m"), clip=50.0), seed=1)
    raw = made["train"][0].reshape(30, 784).astype(float)
    centred = raw - raw.mean(axis=0)
    np.testing.assert_allclose(data.x_train, centred / centred.std(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(data.x_test, (made["t10k"][0].reshape(10, 784) - raw.mean(axis=0)) / centred.std(), atol=1e-12)
    np.testing.assert_array_equal(data.y_test, made["t10k"][1])
    one = tmp_path / "m" / f"train-images-idx3-ubyte{'.gz' if packed else ''}"
    np.testing.assert_array_equal(load(DataSettings("mnist", path=str(one), clip=50.0), seed=2).x_train, data.x_train)


def test_mnist_is_sought_in_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SPICEMTJ_CACHE", str(tmp_path))
    with pytest.raises(
        InputError, match=r"mnist has no train-images-idx3-ubyte \(or .*\.gz\); put the four files .* data\.path"
    ):
        load(DataSettings("mnist"), seed=1)
    write_mnist(tmp_path / "mnist")
    assert load(DataSettings("mnist", train_samples=20), seed=1).x_train.shape == (20, 784)


def test_the_scaling_of_part_of_mnist_comes_from_that_part(tmp_path):
    made = write_mnist(tmp_path)
    few = load(DataSettings("mnist", path=str(tmp_path), train_samples=8, scaling="feature", clip=9.0), seed=1)
    raw = made["train"][0].reshape(30, 784)[:8].astype(float)
    np.testing.assert_allclose(few.x_train, (raw - raw.mean(axis=0)) / raw.std(axis=0), rtol=1e-9)


def damage(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("packed", "change", "message"),
    [
        (False, lambda raw: raw[:-5], "is damaged: 23520 bytes of data expected, 23515 found"),
        (False, lambda raw: raw[:7], "breaks off within its head"),
        (False, lambda raw: b"<html>", "is not an IDX file of unsigned bytes: it starts with 0x3c68746d"),
        (False, lambda raw: raw[:2] + b"\x0d" + raw[3:], "is not an IDX file"),
        (True, lambda raw: raw[: len(raw) // 2], "is damaged: its compressed data break off"),
        (True, lambda raw: raw[:100] + bytes(50) + raw[150:], r"is damaged|cannot read"),
        (True, lambda raw: raw[:-4] + bytes(4), "cannot read .*: Incorrect length"),
    ],
)
def test_a_damaged_file_of_mnist_is_named(tmp_path, packed, change, message):
    write_mnist(tmp_path, packed=packed)
    name = f"train-images-idx3-ubyte{'.gz' if packed else ''}"
    damage(tmp_path, name, change)
    with pytest.raises(InputError, match=message) as caught:
        load(DataSettings("mnist", path=str(tmp_path)), seed=1)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_mnist_that_do_not_belong_together(tmp_path):
    write_mnist(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(29))
    with pytest.raises(InputError, match=r"\(30, 28, 28\) and train-labels-idx1-ubyte \(29,\) do not belong together"):
        load(DataSettings("mnist", path=str(tmp_path)), seed=1)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.full(30, 11))
    with pytest.raises(InputError, match="a training label is 11"):
        load(DataSettings("mnist", path=str(tmp_path)), seed=1)


def write_csv(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize("first", ["", "width,height,kind\n"])
def test_a_csv_table_with_or_without_a_header(tmp_path, first):
    path = write_csv(tmp_path / "t.csv", first + "1, 2.5,rock\n3,4,mine\n\n5,6,rock\n")
    x, y, dropped = read_table(path)
    np.testing.assert_array_equal(x, [[1, 2.5], [3, 4], [5, 6]])
    np.testing.assert_array_equal(y, [1, 0, 1])
    assert dropped == 0


def test_labels_are_numbered_by_value_and_may_stand_first(tmp_path):
    path = write_csv(tmp_path / "t.csv", "10,1\n2,2\n4,3\n2,4\n")
    x, y, _ = read_table(path, label_column=0)
    np.testing.assert_array_equal(y, [2, 0, 1, 0])
    np.testing.assert_array_equal(x.ravel(), [1, 2, 3, 4])
    assert len(read_table(path, 0, "yes")[1]) == 3


def test_incomplete_rows_are_left_out_and_told_of(tmp_path):
    rows = ["1,2,a", "?,2,a", "1,,b", "nan,1,b", "3,4,?"] + [f"{k},{-k},{'ab'[k % 2]}" for k in range(20)]
    path = write_csv(tmp_path / "t.csv", "\n".join(rows))
    assert read_table(path)[2] == 4
    data = load(DataSettings("csv", path=str(path)), seed=1)
    assert len(data.x_train) + len(data.x_test) == 21
    assert data.notes == ("4 rows of t.csv with missing fields left out",)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("1,2,a\n3,b\n", {}, r"line 2: 2 fields where the first row has 3"),
        ("1,2,a\n3,four,b\n", {}, r"line 2: 'four' is not a number; only the label"),
        ("x,y,k\n", {}, "no complete row"),
        ("1,2,a\n3,4,a\n", {}, "the label column has 1 different values"),
        ("1,2,a\n3,4,b\n", {"label_column": 3}, r"label_column = 3: the rows of .* have 3 fields, 0 to 2"),
        ("1\n2\n", {}, "a row needs a label and at least one number"),
    ],
)
def test_a_wrong_table_is_told_in_one_line(tmp_path, text, options, message):
    path = write_csv(tmp_path / "t.csv", text)
    with pytest.raises(InputError, match=message) as caught:
        load(DataSettings("csv", path=str(path), **options), seed=1)
    assert "t.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_table_says_what_belongs_there(tmp_path):
    with pytest.raises(InputError, match=r"no .*sonar\.csv; put sonar\.all-data .* UCI .* data\.path"):
        load(DataSettings("sonar", path=str(tmp_path)), seed=1)
    with pytest.raises(InputError, match=r"cannot read .*none\.csv: No such file"):
        load(DataSettings("csv", path=str(tmp_path / "none.csv")), seed=1)
    with pytest.raises(InputError, match=r"needs data\.path"):
        load(DataSettings("csv"), seed=1)
    path = write_csv(tmp_path / "sonar.csv", "1,2,R\n3,4,M\n")
    with pytest.raises(InputError, match="holds 2 samples of 2 features, not the 208 of 60"):
        load(DataSettings("sonar", path=str(path)), seed=1)


@pytest.mark.parametrize(("name", "samples", "features"), [("sonar", 208, 60), ("breast-cancer-original", 683, 9)])
def test_published_tables(name, samples, features):
    folder = Path(os.environ.get("SPICEMTJ_DATA", "none")) / "uci"
    if not folder.is_dir():
        pytest.skip("SPICEMTJ_DATA names no folder with uci/")
    data = load(DataSettings(name, path=str(folder)), seed=1)
    assert (len(data.x_train) + len(data.x_test), data.features, data.classes) == (samples, features, 2)


def test_published_mnist():
    folder = Path(os.environ.get("SPICEMTJ_DATA", "none")) / "mnist"
    if not folder.is_dir():
        pytest.skip("SPICEMTJ_DATA names no folder with mnist/")
    data = load(DataSettings("mnist", path=str(folder), clip=4.0), seed=1)
    assert data.x_train.shape == (60000, 784)
    assert np.bincount(data.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.abs(data.x_train[:, [0, 783]]).max() == 0.0
