"""The numbered examples and the main job run as they stand."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spicemtj import mainjob
from spicemtj.results import read

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(*command, cwd):
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.ngspice
def test_sneak_paths(tmp_path):
    out = run(EXAMPLES / "01_sneak_paths.py", cwd=tmp_path)
    rows = [line.split() for line in out.splitlines() if "closed form" in line and "uA" in line]
    assert len(rows) == 4
    for row in rows:
        numbers = [float(word) for word, unit in itertools.pairwise(row) if unit == "uA"]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)


@pytest.mark.slow
@pytest.mark.ngspice
def test_write_and_calibrate(tmp_path):
    out = run(EXAMPLES / "02_write_and_calibrate.py", cwd=tmp_path)
    volts = [float(line.split("cell ")[1].split(" V")[0]) for line in out.splitlines() if "selected cell" in line]
    assert len(volts) == 3
    assert volts[0] == pytest.approx(volts[1], rel=1e-4)
    assert volts[2] == pytest.approx(volts[1], rel=1e-2)


@pytest.mark.slow
def test_digits_from_any_folder(tmp_path):
    import json

    out = run(
        "-m", "spicemtj", "train", EXAMPLES / "03_digits.toml", "--samples", "400", "--json", "--out", "run.h5", cwd=tmp_path
    )
    data = json.loads(out)
    assert data["samples"] == 400
    assert data["test_accuracy"] > 0.5
    assert data["software_test_accuracy"] > 0.95
    assert "shipped" in data["notes"]
    assert {"engine", "seed", "seconds", "out"} <= set(data)
    assert read(tmp_path / "run.h5", "training").seed == 1


@pytest.mark.slow
@pytest.mark.ngspice
def test_the_main_job_on_a_smaller_scale(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mainjob, "PLAN", {"sizes": [4, 16], "reads": 6, "writes": 8, "switching": 2, "seed": 1})
    monkeypatch.setattr(mainjob, "SUBSET", {"samples": 1, "after": 100})
    real = mainjob.training_config
    monkeypatch.setattr(
        mainjob, "training_config", lambda out, seed: real(out, seed) | {"limit": {"samples": 300, "test_samples": 100}}
    )
    assert mainjob.main(["--out", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    assert "ms a sample" in text
    assert {p.name for p in (tmp_path / "run").iterdir()} >= {
        "sneak.h5",
        "calibration.h5",
        "training.h5",
        "comparison.h5",
        "report.html",
    }
    begun = (tmp_path / "run" / "training.h5").stat().st_mtime_ns
    assert mainjob.main(["--out", str(tmp_path / "run")]) == 0
    assert "kept" in capsys.readouterr().out
    assert (tmp_path / "run" / "training.h5").stat().st_mtime_ns == begun


@pytest.mark.slow
def test_temperature_and_variation(tmp_path):
    out = run(EXAMPLES / "06_temperature_and_variation.py", cwd=tmp_path)
    assert "Delta  35.47" in out
    assert "with Delta -0.92" in out


@pytest.mark.slow
def test_fit(tmp_path):
    """The intervals of the example hold the device that its data were made with."""
    out = run(EXAMPLES / "05_fit.py", cwd=tmp_path)
    low, high = map(float, re.search(r"^Delta .* ([\d.]+) to ([\d.]+)$", out, re.MULTILINE).groups())
    assert low < 45 < high
    low, high = map(float, re.search(r"^Vc0 .* ([\d.]+) mV to ([\d.]+) mV$", out, re.MULTILINE).groups())
    assert low < 400 < high


@pytest.mark.slow
def test_device_reference(tmp_path):
    """Law and LLG of the example differ by less than 4 sigma at each of three points (seed 1)."""
    out = run(EXAMPLES / "08_device_reference.py", cwd=tmp_path)
    scores = [float(s) for s in re.findall(r"([+-][\d.]+) sigma", out)]
    assert len(scores) == 3
    assert max(map(abs, scores)) < 4


@pytest.mark.slow
@pytest.mark.ngspice
def test_disturb(tmp_path):
    """Each count of the example within 3 sigma of what the law expects."""
    out = run(EXAMPLES / "09_disturb.py", cwd=tmp_path)
    scores = [float(s) for s in re.findall(r"\(([-+][\d.]+) sigma\)", out)]
    assert scores
    assert all(abs(s) < 3 for s in scores)
    assert (tmp_path / "pulse-lines.csv").exists()
