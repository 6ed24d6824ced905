"""The effective set: what goes in comes out of the junction, and the switching law knows nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spicemtj.device.effective import attempt_time, effective
from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError

SETS = [
    (47.0, 0.43, 1.7e-9, 1.1, 5200.0),
    (12.5, 0.08, 5e-11, 0.4, 900.0),
    (180.0, 1.1, 3e-8, 3.5, 2e5),
]


@pytest.mark.parametrize("torque", ["voltage", "current"])
@pytest.mark.parametrize("temperature", [300.0, 77.0, 400.0])
@pytest.mark.parametrize("values", SETS)
def test_what_goes_in_comes_out(values: tuple[float, ...], temperature: float, torque: str) -> None:
    mtj = effective(*values, torque=torque, temperature=temperature)
    found = (mtj.delta, mtj.ic0 * mtj.r_p, mtj.tau_d, 1 / (mtj.conductance(-1) * mtj.r_p) - 1, mtj.r_p)
    assert found == pytest.approx(values, rel=1e-12, abs=0)
    assert mtj.torque == torque
    assert mtj.temperature == temperature


def test_a_geometry_and_its_effective_set_switch_alike() -> None:
    """The law knows a device by its five numbers: nominal diameter, damping and thickness leave no trace."""
    real = Mtj.preset("ref-pma-40", torque="current")
    mtj = effective(
        real.delta, real.ic0 * real.r_p, real.tau_d, real.tmr0, real.r_p,
        vh=real.vh, torque="current", diameter=90e-9, thickness=2e-9, alpha=0.1,
    )  # fmt: skip
    v, t = np.meshgrid([0.15, 0.26, 0.5, 0.9], [0.5e-9, 5e-9, 200e-9])
    for state in (1, -1):
        expected = real.switching_probability(state * v, t, state)
        assert mtj.switching_probability(state * v, t, state) == pytest.approx(expected, rel=1e-9, abs=0)


def test_nominal_values_and_other_fields_are_kept() -> None:
    mtj = effective(*SETS[0], diameter=60e-9, thickness=2e-9, alpha=0.01, vh=0.7, breakdown=0.9, name="mine")
    assert (mtj.diameter, mtj.thickness, mtj.alpha, mtj.vh, mtj.breakdown, mtj.name) == (60e-9, 2e-9, 0.01, 0.7, 0.9, "mine")


@pytest.mark.parametrize("torque", ["voltage", "current"])
def test_vc0_is_the_critical_voltage_of_the_parallel_state(torque: str) -> None:
    """At Vc0 the current through the parallel state is Ic0; torque by voltage has the same out of the antiparallel state."""
    mtj = effective(*SETS[0], torque=torque)
    assert SETS[0][1] * float(mtj.conductance(1, SETS[0][1])) == pytest.approx(float(mtj.ic0), rel=1e-12, abs=0)
    p, ap = (float(mtj.switching_probability(s * SETS[0][1], 5e-9, s)) for s in (1, -1))
    assert (ap == pytest.approx(p, rel=1e-9)) == (torque == "voltage")


@pytest.mark.parametrize("overdrive", [0.0, 0.2, 0.4])
def test_the_attempt_time_is_that_of_the_thermal_law(overdrive: float) -> None:
    """P = 1 - exp(-t/tau), tau = attempt exp(Delta (1 - i)^2): within 6 % of the exact law at Delta 47, and 4 % at 80."""
    for delta, within in ((47.0, 0.06), (80.0, 0.04)):
        mtj = effective(delta, 0.43, 1.7e-9, 1.1, 5200.0)
        tau = attempt_time(delta, 1.7e-9, overdrive) * math.exp(delta * (1 - overdrive) ** 2)
        p = float(mtj.switching_probability(0.43 * overdrive, 1e-2 * tau, 1))
        assert -math.log1p(-p) / 1e-2 == pytest.approx(1.0, abs=within)


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, np.array([1.0, 2.0]), "x", None, True])
def test_a_value_that_cannot_be_is_named(place: int, value: float) -> None:
    values = list(SETS[0])
    values[place] = value
    with pytest.raises(InputError, match=("delta", "vc0", "tau0", "tmr", "r_p")[place]) as error:
        effective(*values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tempreture", "unknown parameter of an effective set 'tempreture'; did you mean 'temperature'"),
        ("breakdwn", "did you mean 'breakdown'"),
        ("ms", "ms follows from the five numbers; give delta and leave ms out"),
        ("ra", "give r_p and leave ra out"),
        ("tmr0", "give tmr and leave tmr0 out"),
    ],
)
def test_a_name_that_is_none_of_the_sets(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Mtj.effective(*SETS[0], **{name: 300.0})


def test_the_attempt_time_by_its_formula() -> None:
    """tau0 sqrt(pi/Delta)/((1 - i)^2 (1 + i)) by hand; none without a barrier."""
    assert attempt_time(50.0, 1e-9) == pytest.approx(math.sqrt(math.pi / 50) * 1e-9, rel=1e-13, abs=0)
    assert attempt_time(200.0, 2e-9, 0.5) == pytest.approx(2e-9 * math.sqrt(math.pi / 200) / (0.25 * 1.5), rel=1e-12, abs=0)
    assert math.isnan(attempt_time(50.0, 1e-9, 1.0))
