"""The crossbar: its cells, its wires and its drivers. Topology and values only; nothing here solves anything.

m word lines (rows i), n bit lines (columns j). Cell (i, j) joins word-line node w_i_j to bit-line node b_i_j. Word lines are
driven from the left (j = 0), bit lines driven or sensed at the bottom (i = m - 1); between a driver and its first cell lie the
driver resistance and one wire segment. The far ends are open, or have a second driver of the same voltage there. In a 1T1R or 1S1R cell
the MTJ is on the word-line side, and the access transistor or the selector between it and the bit line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..device.access import Access
from ..device.mtj import Mtj
from ..device.selector import Selector
from ..device.variation import Variation, cycled
from ..errors import InputError, unknown
from ..randomness import cell_normals, check_seed
from .faults import MEANING, OPEN, SHORT, STUCK_ANTIPARALLEL, STUCK_PARALLEL, held

if TYPE_CHECKING:
    from .deck import Deck
    from .schemes import Drive, Write

Array = NDArray[np.float64]
CELLS = ("1R", "1T1R", "1S1R")


@dataclass(eq=False)
class Crossbar:
    """An m by n array of cells with resistive wires and drivers.

    Parameters (SI units)
    ---------------------
    m, n : numbers of word lines and bit lines.
    device : the nominal `Mtj`, or a preset's name. Ignored where `resistances` are given.
    cell : "1R", "1T1R" with an access transistor, or "1S1R" with a two-terminal selector.
    states : (m, n) of +1 (parallel) and -1 (antiparallel); all parallel by default. Copied, stuck cells put into theirs.
    variation : relative spreads, a `Variation` or a mapping of its fields; those between devices are drawn from `seed`.
    r_wl, r_bl : wire resistance of one segment (between neighbouring cells), ohm.
    r_driver_wl, r_driver_bl : resistance of a line's driver or sense amplifier, ohm.
    r_far_wl, r_far_bl : resistance of a second driver at a line's far end, ohm; inf (the default): none. It is at the same voltage as the
        first, follows one wire segment after the last cell, and where the line floats it is off too. A line's current is that of both.
    c_wire : capacitance of one wire segment to ground, F, at the cell that it leads to; writes in ngspice only. 0: none.
    c_drain : capacitance of each terminal of a cell's transistor to ground, F, as c_wire.
    access : the transistor of a 1T1R cell; by default `Access.preset("nmos-45")`.
    selector : the selector of a 1S1R cell; by default `Selector.preset("ref-sinh")`.
    gate_by : "row" or "column", the way the gate lines run.
    faults : (m, n) of 0 (sound), 1 (open), 2 (short), 3 (stuck parallel), 4 (stuck antiparallel); see `faults.random_faults`. A stuck
        cell conducts as its state does and keeps it, whatever is written.
    resistances : (m, n) ohmic cells in the place of MTJs; inf is an open cell, 0 a short.
    """

    m: int
    n: int
    device: Mtj | str = "ref-pma-40"
    cell: str = "1R"
    states: Any = None
    variation: Variation | Mapping[str, float] | None = None
    seed: int = 0
    r_wl: float = 1.0
    r_bl: float = 1.0
    r_driver_wl: float = 50.0
    r_driver_bl: float = 50.0
    access: Access | None = None
    gate_by: str = "row"
    faults: Any = None
    resistances: Any = None
    selector: Selector | None = None
    r_far_wl: float = np.inf
    r_far_bl: float = np.inf
    c_wire: float = 0.0
    c_drain: float = 0.0
    cells: Mtj = field(init=False, repr=False)
    _write_seed: int | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        for name, count in (("m", self.m), ("n", self.n)):
            if not isinstance(count, int | np.integer) or count < 1:
                raise InputError(f"a crossbar of {self.m} x {self.n} cells: {name} must be a whole number, 1 or more")
        check_seed(self.seed)
        if self.cell not in CELLS:
            raise unknown("cell", self.cell, CELLS)
        if self.gate_by not in ("row", "column"):
            raise unknown("gate_by", self.gate_by, ("row", "column"))
        for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl", "r_far_wl", "r_far_bl"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} = {getattr(self, name)} ohm: a resistance is 0 or more")
        for name in ("c_wire", "c_drain"):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(f"{name} = {getattr(self, name)} F: a capacitance is 0 or more")
        if isinstance(self.device, str):
            self.device = Mtj.preset(self.device)
        if self.cell == "1T1R" and self.access is None:
            self.access = Access.preset("nmos-45")
        if self.cell != "1T1R":
            self.access = None
        if self.cell == "1S1R" and self.selector is None:
            self.selector = Selector.preset("ref-sinh")
        if self.cell != "1S1R":
            self.selector = None
        if not isinstance(self.selector, Selector | None):
            raise InputError(f"selector = {self.selector!r}: give a Selector, such as Selector.from_csv(path)")
        self.faults = self._choices("faults", self.faults, 0, MEANING)
        self.states = self._states(self.states)
        if self.resistances is not None:
            self.resistances = self._grid("resistances", self.resistances, np.float64, 0.0)
            if not (self.resistances >= 0).all():
                raise InputError("a cell's resistance must be 0 or more (inf is an open cell)")
            if np.isin(self.faults, (STUCK_PARALLEL, STUCK_ANTIPARALLEL)).any():
                raise InputError("faults: an ohmic cell has no state to be stuck in; use 1 (open) or 2 (short)")
        if isinstance(self.variation, Mapping):
            self.variation = Variation.from_mapping(self.variation)
        if not isinstance(self.variation, Variation | None):
            raise InputError(
                f"variation = {self.variation!r}: give a Variation or a mapping such as {{'ra': 0.1, 'tmr': 0.1, 'hk': 0.05}}"
            )
        self.cells = self.device
        if self.variation is not None and self.variation.between_devices:
            self.cells = self.device.vary((self.m, self.n), self.variation, self.seed)

    def _grid(self, name: str, value: ArrayLike | None, kind: Any, default: float) -> NDArray[Any]:
        if value is None:
            return np.full(self.shape, default, dtype=kind)
        grid = np.array(value)
        if grid.shape != self.shape:
            raise InputError(f"{name} has shape {grid.shape}; this crossbar needs {self.shape}")
        return grid.astype(kind)

    def _choices(self, name: str, value: ArrayLike | None, default: int, meaning: Mapping[int, str]) -> NDArray[np.int8]:
        grid = self._grid(name, value, np.float64, default)
        wrong = grid[~np.isin(grid, list(meaning))]
        if wrong.size:
            known = ", ".join(f"{number} ({word})" for number, word in meaning.items())
            raise InputError(f"{name} has a value of {wrong[0]:g}; choose from {known}")
        return grid.astype(np.int8)

    def _states(self, value: ArrayLike | None) -> NDArray[np.int8]:
        return held(self._choices("states", value, 1, {1: "parallel", -1: "antiparallel"}), self.faults)

    @classmethod
    def from_resistances(cls, resistances: ArrayLike, **options: Any) -> Crossbar:
        """A crossbar of ohmic cells, (m, n) ohm; the other options are those of `Crossbar`."""
        grid = np.array(resistances, dtype=float)
        if grid.ndim != 2:
            raise InputError(f"resistances have shape {grid.shape}; give a matrix (word lines, bit lines)")
        m, n = grid.shape
        return cls(m, n, resistances=grid, **options)

    @property
    def shape(self) -> tuple[int, int]:
        return self.m, self.n

    @property
    def gates(self) -> int:
        """How many gate lines there are (0 without transistors)."""
        if self.access is None:
            return 0
        return self.m if self.gate_by == "row" else self.n

    @property
    def series(self) -> bool:
        """Whether a cell has a second element, and a node c_i_j between it and the MTJ."""
        return self.access is not None or self.selector is not None

    @property
    def ohmic(self) -> bool:
        """Whether every cell's two-terminal element is a plain resistor."""
        return self.resistances is not None

    def element_conductance(self, v_cell: ArrayLike = 0.0, states: ArrayLike | None = None) -> Array:
        """Conductance (..., m, n) in siemens of each cell's resistive element at its own voltage: 0 where open, inf where short.

        `v_cell` broadcasts to (..., m, n); `states` (..., m, n) are the crossbar's own unless given.
        """
        if self.ohmic:
            with np.errstate(divide="ignore"):
                g = np.broadcast_to(1.0 / np.asarray(self.resistances), np.broadcast_shapes(np.shape(v_cell), self.shape))
        else:
            z = self.states if states is None else held(np.asarray(states), self.faults)
            g = self.cells.conductance(z, np.asarray(v_cell, dtype=float))
        g = np.broadcast_to(g, np.broadcast_shapes(np.shape(g), self.shape))
        return np.where(self.faults == OPEN, 0.0, np.where(self.faults == SHORT, np.inf, g))

    def with_states(self, states: ArrayLike) -> Crossbar:
        """The same crossbar (cells, wires) in other states; the cells' variation is shared, not drawn again, and stuck cells stay."""
        return self._with(states=self._states(states))

    def _with(self, **changes: Any) -> Crossbar:
        other = object.__new__(Crossbar)
        other.__dict__.update(self.__dict__ | changes)
        return other

    # -- cycle-to-cycle variation

    def cells_at(self, pulse: int, seed: int, stream: int = 0) -> Mtj:
        """The devices as they are in pulse number `pulse` of a write with this seed: `cells`, but for `variation.c2c_hk`."""
        spread = self.variation.c2c_hk if isinstance(self.variation, Variation) else 0.0
        if spread == 0:
            return self.cells
        return cycled(self.cells, spread, cell_normals(seed, self.shape, pulse, stream))

    def for_write(self, seed: int) -> Crossbar:
        """The same crossbar as a write with this seed meets it: an engine takes `in_pulse(k)` of it for pulse k."""
        check_seed(seed)
        return self._with(_write_seed=seed)

    def in_pulse(self, pulse: int) -> Crossbar:
        """The same crossbar with the devices of pulse number `pulse` of the write that it is prepared for; itself without one."""
        if self._write_seed is None:
            return self
        return self._with(cells=self.cells_at(pulse, self._write_seed), _write_seed=None)

    def deck(self, pulse: Write | Drive | None = None, **options: Any) -> Deck:
        """The netlist of this crossbar under a write; see `circuit.deck.write_deck`."""
        from .deck import write_deck
        from .schemes import as_drive

        if pulse is None:
            raise InputError("deck() needs a Write or a Drive: say what the lines do")
        return write_deck(self, as_drive(self, pulse), **options)
