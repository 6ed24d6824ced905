"""What an array's other cells do to a read and suffer from a write: sneak paths, margins, disturb, the largest usable array."""

from .cells import CLASSES, HALF_SELECTED, classes
from .count import Count, count_flips
from .disturb import Disturb, disturb, repeated, selected_voltages
from .reads import READS, SneakRead, floating_network, measure, read_lines
from .size import Largest, largest
from .sweep import Sweep

__all__ = [
    "CLASSES",
    "HALF_SELECTED",
    "READS",
    "Count",
    "Disturb",
    "Largest",
    "SneakRead",
    "Sweep",
    "classes",
    "count_flips",
    "disturb",
    "floating_network",
    "largest",
    "measure",
    "read_lines",
    "repeated",
    "selected_voltages",
]
