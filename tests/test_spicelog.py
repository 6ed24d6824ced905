"""What counts as a failure in ngspice's output, on lines that ngspice 46 prints."""

from __future__ import annotations

import pytest

from spicemtj.engines.spicelog import classify

QUIET = """
Note: No compatibility mode selected!
Circuit: * read of an array with an error in its title
Doing analysis at TEMP = 27.000000 and TNOM = 27.000000
Using KLU as Direct Linear Solver
No. of Data Rows : 1
"""

NOT_CONVERGED = """
Warning: singular matrix:  check node v1#branch
Note: Starting dynamic gmin stepping
Warning: Dynamic gmin stepping failed
Note: Starting source stepping
Warning: source stepping failed
Note: Transient op started
Error: Transient op failed, timestep too small
Error: The operating point could not be simulated successfully.
doAnalyses: OP:  Timestep too small; cause unrecorded.
run simulation(s) aborted
"""

BAD_CARD = """
Circuit: * t
Error on line 4 or its substitute:
  q1 zz
could not find a valid modelname
    Simulation interrupted due to error!
Error: circuit not parsed.
"""


def test_a_quiet_log_is_a_success() -> None:
    verdict = classify(QUIET)
    assert verdict.reason == ""
    assert verdict.warnings == ()


def test_a_run_without_convergence_may_be_tried_again() -> None:
    verdict = classify(NOT_CONVERGED)
    assert verdict.reason.startswith("doAnalyses: OP")
    assert "singular matrix:  check node v1#branch" in verdict.reason
    assert verdict.convergence
    assert "\n" not in verdict.reason


def test_a_bad_card_is_quoted_and_not_tried_again() -> None:
    verdict = classify(BAD_CARD)
    assert verdict.reason == "Error on line 4 or its substitute: q1 zz could not find a valid modelname"
    assert not verdict.convergence


@pytest.mark.parametrize(
    "line",
    [
        "Error: Could not find include file nofile.lib",
        "Error: unknown subckt: x1 a foo",
        "ERROR: fatal error in ngspice, exit(1)",
        "Error: no such function 'foo' at line 4",
        "warning, can't find model 'nomodel' from line",
    ],
)
def test_other_errors(line: str) -> None:
    verdict = classify(QUIET + line)
    assert verdict.reason == line
    assert not verdict.convergence


def test_a_warning_of_a_successful_run_is_kept_once() -> None:
    warning = "Warning: Value of resistor r2 is too small, set to 1.000000e-12"
    verdict = classify(f"{QUIET}{warning}\n{warning}\nWarning: source stepping failed\n")
    assert verdict.reason == ""
    assert verdict.warnings == (warning,)
