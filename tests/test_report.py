"""The HTML page: made from files alone, whole in itself, one section a file."""

import re

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.errors import InputError
from spicemtj.figures import wilson
from spicemtj.report import report
from spicemtj.results import Quantity, Result, write


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One result file of each kind that a report knows."""
    from spicemtj.cli import main
    from spicemtj.compare import compare

    folder = tmp_path_factory.mktemp("files")
    calibration = folder / "calibration.h5"
    sm.calibrate(sizes=[4, 8], reads=6, writes=8, switching=4, engine="nodal", workers=1, save=calibration)
    config = {
        "data": {"name": "breast-cancer"},
        "network": {"hidden": [3], "devices_per_weight": 2, "tile": 8},
        "rule": {"name": "rank_one", "epochs": 1, "row_rate": 0.4, "column_rate": 1.0},
        "surrogate": {"path": str(calibration)},
    }
    sm.train(config, samples=60).save(folder / "training.h5")
    compare(config, "nodal", samples=2).save(folder / "comparison.h5")
    assert main(["sneak", "--engine", "nodal", "--sizes", "2,4", "--out", str(folder / "sneak.h5"), "--json"]) == 0
    assert main(["write", "--rows", "6", "--out", str(folder / "write.h5"), "--json"]) == 0
    return [folder / f"{name}.h5" for name in ("sneak", "write", "calibration", "training", "comparison")]


@pytest.mark.slow
def test_one_page_with_a_section_and_figures_for_each_file(files, tmp_path):
    page = report(files, tmp_path / "r.html", "A <title>").read_text()
    assert page.count("<h2>") == 5
    assert page.count("data:image/svg+xml;base64,") == 9
    assert "A &lt;title&gt;" in page
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "<script" not in page
    assert "software test accuracy" in page


@pytest.mark.slow
def test_the_same_file_gives_the_same_page(files, tmp_path):
    one, two = report(files[:1], tmp_path / "1.html"), report(files[:1], tmp_path / "2.html")
    assert one.read_bytes() == two.read_bytes()


def test_what_cannot_be_reported_is_named(tmp_path):
    path = write(tmp_path / "x.h5", Result("solution", {"v": Quantity(np.zeros(2), "V")}))
    with pytest.raises(InputError, match="no section for solution"):
        report([path], tmp_path / "r.html")
    with pytest.raises(InputError, match="at least one"):
        report([], tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_intervals_cover():
    """Wilson's 95 % interval on 2,000 draws of 50 trials each: coverage between 0.92 and 0.98 for small and middling p."""
    rng = np.random.default_rng(1)
    for p in (0.03, 0.3, 0.5):
        low, high = wilson(rng.binomial(50, p, 2000), np.full(2000, 50))
        assert 0.92 < np.mean((low <= p) & (p <= high)) < 0.985
    low, high = wilson(np.array([0]), np.array([20]))
    assert low[0] == pytest.approx(0, abs=1e-12)
    assert 0.1 < high[0] < 0.25
