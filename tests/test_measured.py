"""Reading measured switching probabilities: what a file may look like, and what is said where it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spicemtj.device.fitting.measured import Measured, read_csv
from spicemtj.errors import InputError


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "m.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_plain_file(file) -> None:
    rows = read_csv(file("volts,seconds,probability,trials,state\n0.4,5e-9,0.25,1000,P\n-0.5,2e-9,0.75,500,AP\n"))
    assert rows.volts.tolist() == [0.4, -0.5]
    assert rows.seconds.tolist() == [5e-9, 2e-9]
    assert rows.probability.tolist() == [0.25, 0.75]
    assert rows.trials.tolist() == [1000, 500]
    assert rows.state.tolist() == [1, -1]
    assert len(rows) == 2


def test_order_units_comments_counts_and_states_as_people_write_them(file) -> None:
    rows = read_csv(
        file(
            "\ufeff# device 7, wafer 3\nTrials, state ,seconds,VOLTS,switched\n\n1000,+1,5ns,420mV,131\n# a pause\n200,ap,2e-9,-0.3 V,0\n"
        )
    )
    assert rows.volts.tolist() == [0.42, -0.3]
    assert rows.seconds.tolist() == [5e-9, 2e-9]
    assert rows.probability.tolist() == [0.131, 0.0]
    assert rows.state.tolist() == [1, -1]


def test_what_is_left_out(file) -> None:
    """State: the one that the voltage drives out of. Trials: not known."""
    rows = read_csv(file("volts,seconds,probability\n0.4,5e-9,0.2\n-0.4,5e-9,0.3\n0,1,0\n"))
    assert rows.state.tolist() == [1, -1, 1]
    assert np.isnan(rows.trials).all()
    assert rows.with_trials(50).trials.tolist() == [50, 50, 50]


HEADER = "volts,seconds,probability,trials,state\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        (HEADER, "no rows"),
        ("volts;seconds;probability\n", "line 1: one column"),
        ("volts,seconds,probability,trails\n", "line 1.*'trails'; did you mean 'trials'"),
        ("volts,seconds,probability,volts\n", "line 1: the column 'volts' is there 2 times"),
        ("# c\nvolts,probability\n", "line 2: there is no column 'seconds'"),
        ("volts,seconds\n", "line 1: give one of the columns 'probability' and 'switched'"),
        ("volts,seconds,probability,switched,trials\n", "line 1: give one of"),
        ("volts,seconds,switched\n", "line 1: the column 'switched' needs a column 'trials'"),
        (HEADER + "0.4,5e-9,0.2,100,P\n0.4,5e-9,0.2,100\n", "line 3: 4 values for 5 columns"),
        (HEADER + "abc,5e-9,0.2,100,P\n", "line 2, column volts: cannot read 'abc'"),
        (HEADER + "inf,5e-9,0.2,100,P\n", "line 2, column volts: inf"),
        (HEADER + "0.4,5 kg,0.2,100,P\n", "line 2, column seconds: cannot read '5 kg'"),
        (HEADER + "0.4,0,0.2,100,P\n", "line 2, column seconds: 0"),
        (HEADER + "0.4,-1e-9,0.2,100,P\n", "line 2, column seconds: -1e-09"),
        (HEADER + "0.4,5e-9,20,100,P\n", "line 2, column probability: 20; .*divide percents by 100"),
        (HEADER + "0.4,5e-9,nan,100,P\n", "line 2, column probability: nan"),
        (HEADER + "0.4,5e-9,,100,P\n", "line 2, column probability: cannot read ''"),
        (HEADER + "0.4,5e-9,0.2,0,P\n", "line 2, column trials: 0"),
        (HEADER + "0.4,5e-9,0.2,1.5,P\n", "line 2, column trials: 1.5; give a whole number"),
        (HEADER + "0.4,5e-9,0.2,nan,P\n", "line 2, column trials: nan"),
        (HEADER + "0.4,5e-9,0.2,inf,P\n", "line 2, column trials: inf"),
        (HEADER + "0.4,5e-9,0.2,100,X\n", "line 2, column state: 'X'; write P"),
        (HEADER + "0.4,5e-9,0.2,100,0\n", "line 2, column state: '0'"),
        ("volts,seconds,switched,trials\n0.4,5e-9,101,100\n", "line 2, column switched: 101 of 100"),
        ("volts,seconds,switched,trials\n0.4,5e-9,0.5,100\n", "line 2, column switched: 0.5 of 100"),
        ("volts,seconds,switched,trials\n0.4,5e-9,0,0\n", "line 2, column trials: 0"),
    ],
)
def test_a_mistake_is_one_line_with_line_and_column(file, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_csv(file(text))
    assert "\n" not in str(error.value)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the measurement"):
        read_csv(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not a text file"):
        read_csv(tmp_path / "binary.csv")


def test_arrays_broadcast_and_name_their_first_mistake() -> None:
    rows = Measured.of([0.3, 0.4], 5e-9, [0.1, 0.2], 100)
    assert rows.seconds.tolist() == [5e-9, 5e-9]
    with pytest.raises(InputError, match=r"row 2, column probability: 1\.2"):
        Measured.of([0.3, 0.4], 5e-9, [0.1, 1.2], 100)
    with pytest.raises(InputError, match=r"row 1, column trials: 1\.5; give a whole number"):
        Measured.of([0.3, 0.4], 5e-9, [0.1, 0.2], 1.5)
    for trials in (1.5, 0.0, -2.0, np.nan, np.float64(np.inf)):
        with pytest.raises(InputError, match=r"trials = .*: give a whole number of pulses, 1 or more"):
            rows.with_trials(trials)
    with pytest.raises(InputError, match="row 1, column state"):
        Measured.of([0.3, 0.4], 5e-9, [0.1, 0.2], 100, 0)
