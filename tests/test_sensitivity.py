"""What ln P answers to, beside the figures measured with the exact Fokker-Planck law, and beside the device's own law."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spicemtj.cli import main
from spicemtj.device.mtj import Mtj
from spicemtj.device.switching.sensitivity import PULSES, sensitivities, sensitivity, table
from spicemtj.device.variation import Variation
from spicemtj.errors import InputError

# (P, ns): i, to ln Hk, to ln i, to ln t: REF-PMA-40, constant current, Fokker-Planck
MEASURED = {
    (1e-3, 100): (0.52, -32, 23, 1.1),
    (1e-3, 10): (0.62, -24, 20, 3.7),
    (1e-3, 2): (1.26, -12, 18, 12.5),
    (0.1, 2): (1.75, -5.3, 9.9, 6.9),
    (0.5, 10): (0.99, -5.0, 5.7, 1.6),
    (0.5, 2): (2.21, -1.9, 4.3, 3.0),
    (0.5, 1): (3.80, -1.3, 4.1, 3.4),
}


@pytest.mark.parametrize("pulse", list(MEASURED))
def test_the_measured_sensitivities(pulse):
    """3 %, or half a unit of the last digit that was printed."""
    p, ns = pulse
    found = sensitivity(Mtj.preset("ref-pma-40"), p, 1e-9 * ns)
    for value, printed, digit in zip(found[2:], MEASURED[pulse], (0.01, 0.1, 0.1, 0.1), strict=True):
        digit = 1.0 if digit == 0.1 and float(printed).is_integer() and abs(printed) > 10 else digit
        assert value == pytest.approx(printed, rel=0.03, abs=0.5 * digit)


def test_they_are_the_devices_own():
    """Differences of devices of another Hk, at a current: the voltage torque's drive goes as the voltage alone."""
    mtj = dataclasses.replace(Mtj.preset("ref-pma-40"), torque="voltage")
    found = sensitivity(mtj, 0.1, 5e-9)
    volts = found.i * mtj.ic0 * mtj.r_p

    def log_p(hk=1.0, v=1.0, t=1.0):
        device = dataclasses.replace(mtj, mu0_hk=mtj.mu0_hk * hk)
        return float(np.log(device.switching_probability(volts * v, 5e-9 * t, 1)))

    assert log_p() == pytest.approx(np.log(0.1), abs=1e-3)
    for name, changes in (("hk", ("hk",)), ("current", ("v",)), ("time", ("t",))):
        by = [log_p(**dict.fromkeys(changes, f)) for f in (1.002, 1 / 1.002)]
        assert getattr(found, name) == pytest.approx((by[0] - by[1]) / (2 * np.log(1.002)), rel=2e-3, abs=0)


def test_the_table_has_a_line_a_pulse():
    head, lines = table(sensitivities(Mtj.preset("ref-pma-40")))
    assert len(lines) == len(PULSES)
    assert all(len(line) == len(head) for line in lines)
    assert lines[0][:2] == ["0.001", "100"]


def test_the_verb_prints_it(capsys):
    assert main(["device", "sensitivities", "ref-pma-40"]) == 0
    assert len(capsys.readouterr().out.strip().splitlines()) == len(PULSES) + 3


def test_what_cannot_be_is_told():
    mtj = Mtj.preset("ref-pma-40")
    with pytest.raises(InputError, match="between 0 and 1"):
        sensitivity(mtj, 1.0, 1e-9)
    with pytest.raises(InputError, match="another width"):
        sensitivity(mtj, 0.5, 1e-12)
    with pytest.raises(InputError, match="one device"):
        sensitivity(mtj.vary((2,), Variation(hk=0.1), 1), 0.5, 1e-9)
