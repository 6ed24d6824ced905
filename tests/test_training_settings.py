"""A mistake in a training file is one clear line that names the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from spicemtj.errors import InputError
from spicemtj.training.settings import TrainSettings
from spicemtj.training.train import prepare

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"netwrk": {}}, r"unknown key in training config 'netwrk'; did you mean 'network'\?"),
        ({"rule": {"name": "rank-one"}}, r"unknown rule 'rank-one'; did you mean 'rank_one'\?"),
        ({"rule": {"slots": 0}}, r"rule.slots = 0: it must be 1 to 64"),
        ({"rule": {"row_drop": 2}}, r"rule.row_drop = 2: it must lie between 0 and 1"),
        ({"rule": {"epochs": 0}}, r"rule.epochs = 0: it must be at least 1"),
        ({"rule": {"row_rate": -1}}, r"rule.row_rate = -1: it must lie between"),
        ({"rule": {"transfer": {"threshold_end": 2}}}, r"rule.transfer.threshold_end = 2: it must lie between"),
        ({"network": {"devices_per_weight": 5}}, r"network.devices_per_weight = 5: a differential pair needs an even number"),
        ({"network": {"hidden": [0]}}, r"network.hidden = \[0\]"),
        ({"network": {"hidden": 128}}, r"network.hidden must be a list, not 128"),
        ({"network": {"tile": 1}}, r"network.tile = 1"),
        ({"network": {"reference": "colum"}}, r"did you mean 'column'"),
        ({"network": {"tile": 3, "reference": "column"}}, r"network.tile = 3: a tile has at least 4"),
        ({"data": {"scaling": "globl"}}, r"did you mean 'global'"),
        ({"data": {"header": "maybe"}}, r"unknown data.header"),
        ({"data": {"train_samples": 0}}, r"data.train_samples = 0"),
        ({"device": {"cell": "2T2R"}}, r"unknown cell '2T2R'"),
        ({"device": {"preset": "ref-pma-4"}}, r"did you mean 'ref-pma-40'"),
        ({"device": {"variation": {"r": 0.1}}}, r"did you mean 'ra'"),
        ({"device": {"variation": {"ra": 2.0}}}, r"variation.ra = 2.0"),
        ({"pulse": {"seconds": "5 V"}}, r"pulse.seconds: cannot read '5 V' as a quantity in s"),
        ({"pulse": {"scheme": "V/3"}}, r"pulse.scheme = 'V/3' does not fit 1T1R cells; use gate"),
        ({"pulse": {"volts_to_parallel": -0.5}}, r"pulse.volts_to_parallel = -0.5.*the direction has its sign"),
        ({"pulse": {"probability": 1.0}}, r"pulse.probability = 1"),
        ({"wires": {"r_wl": -1}}, r"wires.r_wl = -1"),
        ({"read": {"volts": 0}}, r"read.volts = 0"),
        ({"data": {"test_fraction": 1.0}}, r"data.test_fraction = 1"),
        ({"limit": {"samples": 0}}, r"limit.samples = 0"),
        ({"software": {"rate": 0}}, r"software.rate = 0"),
        ({"engine": "spice"}, r"unknown engine 'spice'; did you mean 'ngspice'"),
        ({"seed": -1}, r"seed = -1"),
    ],
)
def test_mistakes(tables, message):
    with pytest.raises(InputError, match=message):
        TrainSettings.of(tables)


def test_an_unknown_engine_or_data_set_is_told_before_anything_runs():
    with pytest.raises(InputError, match="did you mean 'nodal'"):
        prepare({}, "nodel")
    with pytest.raises(InputError, match="did you mean 'digits'"):
        prepare({"data": {"name": "digit"}}, "ideal")


def test_a_file_and_its_tables_are_the_same(tmp_path):
    path = tmp_path / "train.toml"
    path.write_text('seed = 4\n[network]\nhidden = [8, 6]\n[pulse]\nseconds = "5ns"\n[device.variation]\nra = 0.1\n')
    settings = TrainSettings.of(path)
    tables = {"seed": 4, "network": {"hidden": [8, 6]}, "pulse": {"seconds": 5e-9}, "device": {"variation": {"ra": 0.1}}}
    assert settings == TrainSettings.of(tables)
    assert settings.network.hidden == (8, 6)
    assert TrainSettings.of(settings) is settings


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.toml"):
        TrainSettings.of(tmp_path / "none.toml")


def test_mnists_example_is_what_the_study_of_accuracy_trains():
    from spicemtj.study import accuracy

    task = {
        "data": "mnist",
        "rule": "two_array",
        "devices": 32,
        "seed": 1,
        "cell": "1T1R",
        "engine": "surrogate",
        "quick": False,
    }
    assert TrainSettings.of(EXAMPLES / "03e_mnist_two_arrays.toml") == TrainSettings.of(accuracy.settings(task))
