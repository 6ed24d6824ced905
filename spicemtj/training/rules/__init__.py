"""Update rules, one a file."""

from __future__ import annotations

from ...errors import unknown
from ..settings import RULES, RuleSettings
from .base import Rule

__all__ = ["Rule", "get"]


def get(settings: RuleSettings) -> Rule:
    """The rule that the settings name."""
    if settings.name == "rank_one":
        from .rank_one import RankOne

        return RankOne(settings)
    if settings.name == "two_array":
        from .two_array import TwoArray

        return TwoArray(settings)
    if settings.name == "consensus":
        from .consensus import Consensus

        return Consensus(settings)
    raise unknown("rule", settings.name, RULES)
