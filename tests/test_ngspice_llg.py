"""The stochastic LLG in ngspice: without noise against `macrospin` step by step, with noise against its distribution."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from spicemtj import Mtj
from spicemtj.device.reference import macrospin
from spicemtj.device.reference.llg_deck import llg_deck
from spicemtj.engines import ngspice_llg
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.errors import InputError

PMA = Mtj.preset("ref-pma-40")


@pytest.fixture
def engine(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(timeout=120, failed=tmp_path / "failed")


def test_the_deck_is_text_of_independent_devices() -> None:
    text = llg_deck(PMA, 0.7, 2e-9, [1, -1, 1], 3, seed=4)
    assert text == llg_deck(PMA, 0.7, 2e-9, [1, -1, 1], 3, seed=4)
    assert text != llg_deck(PMA, 0.7, 2e-9, [1, -1, 1], 3, seed=5)
    assert len(re.findall(r"trnoise\(", text)) == 9
    assert len(re.findall(r"^xm_\d", text, re.MULTILINE)) == 3
    interval, largest = (
        re.findall(r"trnoise\(\S+ (\S+) ", text)[0],
        re.search(r"^\.tran \S+ \S+ 0 (\S+) uic", text, re.MULTILINE),
    )
    assert largest is not None
    assert interval == largest.group(1)
    starts = [float(value) for value in re.findall(r"^cz_\d .* ic=(\S+)", text, re.MULTILINE)]
    assert np.sign(starts).tolist() == [1, -1, 1]
    assert "method=trap" in text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"dt": 6e-12}, r"up to 5\.1e-12 s"),
        ({"devices": 0}, "devices = 0"),
        ({"seed": 1.5}, "seed 1.5"),
        ({"state": 2}, "state 2"),
    ],
)
def test_mistakes_are_named(change: dict[str, object], complaint: str) -> None:
    arguments = {"v": 0.5, "seconds": 1e-9, "state": 1, "devices": 2, "seed": 1} | change
    with pytest.raises(InputError, match=complaint):
        llg_deck(PMA, **arguments)


@pytest.mark.ngspice
@pytest.mark.parametrize("torque", ["current", "voltage"])
def test_without_noise_it_is_the_same_motion(engine: NgspiceEngine, torque: str) -> None:
    """With offset field, VCMA and field-like torque, some switched and some not: m_z within 1e-3, and after 130 radians 0.01 of phase."""
    mtj = Mtj.preset("ref-pma-40", torque=torque, mu0_hoff=0.02, vcma=30e-15, field_like=3.0, diameter=20e-9)
    seconds, v, devices = 3e-9, 0.4, 6
    text = re.sub(r"trnoise\([^)]*\)", "", llg_deck(mtj, v, seconds, 1, devices, seed=3, dt=0.2e-12))
    names = [[f"{c}_{k}" for k in range(devices)] for c in "xyz"]
    saves = " ".join(f"v({name})" for axis in names for name in axis)
    waves = engine.run(re.sub(r"^\.save .*$", f".save {saves}", text, flags=re.MULTILINE))
    got = np.array([[waves[f"v({name})"][-1] for name in axis] for axis in names]).T
    start = macrospin.thermal_start(mtj, np.ones(devices), np.random.default_rng(3)).T
    wanted = macrospin.simulate(mtj, v, seconds, 1, devices, 1, start=start, thermal=False, dt=0.25e-12).m
    assert wanted[:, 2].min() < -0.5
    assert wanted[:, 2].max() > 0.5
    assert np.abs(np.linalg.norm(got, axis=1) - 1).max() < 1e-3
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-2)
    np.testing.assert_allclose(got[:, 2], wanted[:, 2], rtol=0, atol=1e-3)


@pytest.mark.ngspice
@pytest.mark.slow
@pytest.mark.parametrize(("v", "seconds", "state"), [(0.7, 1.7e-9, 1), (-0.9, 1.5e-9, -1)])
def test_120_devices_are_distributed_as_in_macrospin(engine: NgspiceEngine, v: float, seconds: float, state: int) -> None:
    """m_z at the end: Kolmogorov-Smirnov against 20,000 trials, 1 % significance; and how many switched, 3 sigma of the exact law."""
    z = ngspice_llg.simulate(PMA, v, seconds, state, 120, seed=1, engine=engine)
    assert ks_2samp(z, macrospin.simulate(PMA, v, seconds, state, 20_000, 1).m[:, 2]).pvalue > 0.01
    p = float(PMA.switching_probability(v, seconds, state))
    assert 0.3 < p < 0.7
    assert abs(np.mean(z * state < 0) - p) < 3 * np.sqrt(p * (1 - p) / 120)
