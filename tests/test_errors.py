"""The exception family: what a caller can rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from spicemtj import errors


def test_a_near_miss_is_named() -> None:
    error = errors.unknown("preset", "ref-pma-4O", ["ref-pma-40", "ref-hir-20"])
    assert str(error) == "unknown preset 'ref-pma-4O'; did you mean 'ref-pma-40'? (choose from ref-hir-20, ref-pma-40)"


def test_without_a_near_miss_the_choices_are_listed() -> None:
    error = errors.unknown("cell", "zzz", ["1T1R", "1R"])
    assert str(error) == "unknown cell 'zzz' (choose from 1R, 1T1R)"


def test_a_mistake_of_the_user_is_a_value_error_with_exit_code_2() -> None:
    assert isinstance(errors.unknown("cell", "2R", ["1R"]), ValueError)
    assert errors.InputError.exit_code == errors.DomainError.exit_code == 2
    assert errors.MissingToolError.exit_code == errors.SimulationError.exit_code == 1


@pytest.mark.parametrize("kind", [errors.InputError, errors.DomainError, errors.MissingToolError, errors.SimulationError])
def test_one_family(kind: type[errors.SpicemtjError]) -> None:
    with pytest.raises(errors.SpicemtjError, match="volts = 9"):
        raise kind("volts = 9")


def test_a_failed_simulation_says_where_its_deck_and_log_are() -> None:
    error = errors.SimulationError("no convergence", deck=Path("a/deck.cir"), log=Path("a/log.txt"))
    assert str(error) == "no convergence (deck: a/deck.cir, log: a/log.txt)"
    assert (error.deck, error.log) == (Path("a/deck.cir"), Path("a/log.txt"))
    assert str(errors.SimulationError("no convergence")) == "no convergence"
