"""The surrogate: exact limits, the misfit that a calibration states, its domain, its file, its random law."""

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.engines.amplitude import line_volts
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import DomainError, InputError
from spicemtj.surrogate.model import attenuation, line_losses
from spicemtj.surrogate.plan import Plan

SMALL = {"sizes": [4, 8], "reads": 8, "writes": 24, "switching": 0, "seed": 3}


@pytest.fixture(scope="module")
def passive():
    """1R, calibrated on the exact network: quick, and the same code as with circuits."""
    return sm.calibrate(device="ref-hir-20", cell="1R", volts=[0.3, 1.4], engine="nodal", workers=1, **SMALL)


@pytest.fixture(scope="module")
def gated():
    return sm.calibrate(device="ref-pma-40", cell="1T1R", engine="nodal", workers=1, **SMALL)


def test_attenuation_is_exact_for_equal_cells_on_lumped_lines():
    xbar = sm.Crossbar.from_resistances(np.full((6, 9), 5e3), r_wl=0, r_bl=0, r_driver_wl=80, r_driver_bl=30)
    exact = sm.effective_conductance(xbar)
    g = np.full((6, 9), 1 / 5e3)
    a = attenuation(*line_losses(g, np.array([0.0, 0.0, 80.0, 30.0])), np.zeros(3))
    np.testing.assert_allclose(a * g, exact, rtol=1e-10)


def test_attenuation_is_exact_to_first_order():
    """Halving all line resistances quarters what the formula misses."""
    rng = np.random.default_rng(1)
    r = rng.uniform(5e3, 2e4, (7, 5))
    missed = []
    for scale in (1.0, 0.5):
        xbar = sm.Crossbar.from_resistances(r, r_wl=2 * scale, r_bl=2 * scale, r_driver_wl=20 * scale, r_driver_bl=20 * scale)
        wires = np.array([2.0, 2.0, 20.0, 20.0]) * scale
        missed.append(np.abs(attenuation(*line_losses(1 / r, wires), np.zeros(3)) / r - sm.effective_conductance(xbar)).max())
    assert missed[0] / missed[1] == pytest.approx(4.0, rel=0.15)


@pytest.mark.parametrize("which", ["passive", "gated"])
def test_held_out_misfit(which, request):
    misfit = request.getfixturevalue(which).misfit
    assert misfit["read_rms_of_full_scale"] < 0.01
    assert misfit["p_rms"] < 0.02
    assert misfit["p_cells"] > 20
    if which == "passive":
        assert misfit["half_cells"] > 20
        assert misfit["half_ln_p_max"] < 0.3


def test_the_misfit_is_that_of_fresh_arrays(gated):
    """Arrays that no plan has drawn: the stated read error holds for them."""
    rng = np.random.default_rng(8)
    errors = []
    for _ in range(4):
        xbar = sm.Crossbar(8, 6, cell="1T1R", states=rng.choice([-1, 1], (8, 6)), r_wl=1.5, r_bl=0.7, variation={"ra": 0.1})
        v = 0.1 * rng.uniform(-1, 1, 8)
        exact = sm.solve(xbar, 0.1 + v, np.full(6, 0.1)).i_bl
        errors.append((v @ gated.effective_conductance(xbar, v_common=0.1) - exact) / np.abs(exact).max())
    assert np.sqrt(np.mean(np.square(errors))) < 0.01


@pytest.mark.parametrize(("which", "cell", "device", "scheme", "volts"), [
    ("passive", "1R", "ref-hir-20", "V/2", 1.1), ("passive", "1R", "ref-hir-20", "V/3", -1.2), ("gated", "1T1R", "ref-pma-40", "gate", 0.9),
])  # fmt: skip
def test_a_write_flips_what_the_exact_network_flips(which, cell, device, scheme, volts, request):
    """Same seed, same random numbers: flips differ only where a number falls between the two probabilities."""
    surrogate = request.getfixturevalue(which)
    states = np.full((8, 8), 1 if volts > 0 else -1)
    xbar = sm.Crossbar(8, 8, device, cell=cell, states=states, variation={"ra": 0.05, "hk": 0.05})
    differ = 0
    for seed in range(40):
        pulse = sm.Write(scheme, seed % 8, (3 * seed) % 8, volts, 4e-9)
        ours, exact = sm.write(xbar, pulse, engine=surrogate, seed=seed), sm.write(xbar, pulse, engine="nodal", seed=seed)
        np.testing.assert_allclose(ours.v_cell, exact.v_cell, atol=2e-3)
        np.testing.assert_allclose(ours.p_flip, exact.p_flip, atol=0.02)
        assert ours.energy == pytest.approx(exact.energy, rel=0.02)
        differ += int((ours.flipped != exact.flipped).sum())
    assert differ <= 2


def test_save_and_load(passive, tmp_path):
    path = passive.save(tmp_path / "c.h5")
    back = sm.Surrogate.load(path)
    xbar = sm.Crossbar(5, 7, "ref-hir-20")
    np.testing.assert_array_equal(back.effective_conductance(xbar), passive.effective_conductance(xbar))
    np.testing.assert_equal(back.misfit, passive.misfit)
    assert back.domain == passive.domain
    assert back.plan == {**passive.plan, **{k: list(v) for k, v in passive.plan.items() if isinstance(v, tuple)}}
    with pytest.raises(InputError, match="does not exist"):
        sm.Surrogate.load(tmp_path / "none.h5")


def test_the_same_seed_gives_the_same_fit(passive):
    again = sm.calibrate(device="ref-hir-20", cell="1R", volts=[0.3, 1.4], engine="nodal", workers=2, **SMALL)
    np.testing.assert_array_equal(again.read_fit, passive.read_fit)
    np.testing.assert_array_equal(again.write_fit, passive.write_fit)


@pytest.mark.parametrize(("change", "word"), [
    ({"m": 9}, "lines = 9"), ({"r_wl": 5.0}, "r_wl = 5"), ({"r_driver_bl": 500.0}, "r_driver_bl"), ({"device": "ref-pma-40"}, "diameter"),
    ({"cell": "1T1R"}, "1T1R"), ({"variation": {"ra": 0.3}}, "spread of the resistance"), ({"faults": np.eye(8)}, "open or short"),
    ({"resistances": np.ones((8, 8))}, "ohmic"),
])  # fmt: skip
def test_outside_its_domain_it_refuses(passive, change, word):
    options = {"m": 8, "n": 8, "device": "ref-hir-20"} | change
    with pytest.raises(DomainError, match=word):
        passive.effective_conductance(sm.Crossbar(options.pop("m"), options.pop("n"), **options))


def test_floating_lines_and_high_volts_are_refused(passive):
    xbar = sm.Crossbar(8, 8, "ref-hir-20")
    with pytest.raises(DomainError, match="floating"):
        sm.write(xbar, sm.Write("floating", 0, 0, 0.9, 5e-9), engine=passive)
    with pytest.raises(DomainError, match="volts"):
        sm.write(xbar, sm.Write("V/2", 0, 0, 1.6, 5e-9), engine=passive)


def test_line_volts_give_the_probability_asked_for():
    mtj = sm.Mtj.preset("ref-pma-40")
    ideal = {"r_wl": 0, "r_bl": 0, "r_driver_wl": 0, "r_driver_bl": 0}
    nominal = sm.Crossbar(1, 1, mtj, cell="1T1R", **ideal)
    for towards in (1, -1):
        volts = line_volts(nominal, towards, 4e-9, 0.3)
        sol = Nodal().solve(nominal.with_states([[-towards]]), [max(-towards * volts, 0)], [max(towards * volts, 0)])
        assert float(mtj.switching_probability(sol.v_cell[0, 0], 4e-9, -towards)) == pytest.approx(0.3, abs=1e-4)
        assert abs(sol.v_cell[0, 0]) < volts
    weak = sm.Crossbar(1, 1, mtj, cell="1T1R", access=sm.Access.preset(width=60e-9), **ideal)
    with pytest.raises(InputError, match="wider transistor"):
        line_volts(weak, 1, 3e-10, 0.999)


def test_plans_are_checked_and_deterministic():
    assert Plan(seed=4).tasks() == Plan(seed=4).tasks()
    assert Plan(seed=4).tasks() != Plan(seed=5).tasks()
    with pytest.raises(InputError, match="did you mean 'writes'"):
        sm.calibrate(writess=3)
    for settings, word in (
        ({"r_wire": [3.0, 1.0]}, "r_wire"),
        ({"sizes": [1]}, "start at 2"),
        ({"cell": "2R"}, "1T1R"),
        ({"device": "x"}, "preset"),
    ):
        with pytest.raises(InputError, match=word):
            Plan.from_mapping(settings)


@pytest.mark.ngspice
def test_calibration_on_circuits_takes_up_a_killed_run(tmp_path, monkeypatch):
    from spicemtj.surrogate import calibrate as module

    settings = {
        "device": "ref-hir-20",
        "cell": "1R",
        "volts": [0.3, 1.4],
        "sizes": [4],
        "reads": 5,
        "writes": 5,
        "switching": 2,
    }
    real, calls = module.circuit_run, []

    def killed(task):
        if len(calls) == 6:
            raise KeyboardInterrupt
        calls.append(1)
        return real(task)

    monkeypatch.setattr(module, "circuit_run", killed)
    out = tmp_path / "c.h5"
    with pytest.raises(KeyboardInterrupt):
        sm.calibrate(workers=1, save=out, **settings)
    assert not out.exists()
    calls.clear()
    monkeypatch.setattr(module, "circuit_run", lambda task: (calls.append(1), real(task))[1])
    surrogate = sm.calibrate(workers=1, save=out, **settings)
    assert len(calls) == 6
    assert surrogate.misfit["read_rms_of_full_scale"] < 0.01
    assert surrogate.switching["flips"].sum() > 0
    assert sm.Surrogate.load(out).plan["engine"] == "ngspice"
