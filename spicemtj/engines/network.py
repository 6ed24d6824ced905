"""The crossbar as an electrical network: Kirchhoff's equations on the nodes and branches that `circuit.topology.Graph` lays.

A cell is one branch, whatever it is made of: `CellLaw` has eliminated the node inside. Nodes that shorts join are one group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import SuperLU, splu

from ..circuit.crossbar import Crossbar
from ..circuit.topology import Graph
from ..errors import InputError, SimulationError
from .cells import CellLaw, Response
from .shorts import Index, Shorts

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEP_TOLERANCE = 1e-12  # relative to the largest voltage: Newton's last step
NO_CURRENT = 1e-20  # A: an error below is none (a floating line settles at a transistor's threshold with ever smaller currents)
NEWTON_STEPS = 200
HALVINGS = 40


class Network:
    """The network for one set of floating lines and of cells that can conduct. It knows no voltages and no states.

    floating (m + n,): lines whose driver is open, word lines first; conducts, shorted (m, n): see `CellLaw`.
    """

    def __init__(self, xbar: Crossbar, floating: Mask, conducts: Mask, shorted: Mask):
        self.shape = xbar.shape
        graph = Graph(xbar, floating, np.where(shorted, 0.0, np.where(conducts, np.nan, np.inf)))
        self.nodes, self.group, self.fed = graph.nodes, graph.group, graph.fed
        self._start, self._end, self._bounds = graph.start, graph.end, graph.bounds[1:]
        self.driven = np.flatnonzero(graph.driven)
        self._ends = graph.ends[self.driven]
        self.short = np.flatnonzero(graph.resistance == 0)
        self.shorts = Shorts(self._start[self.short], self._end[self.short], self.nodes, self._ends)
        self.unknown = np.setdiff1d(np.flatnonzero(self.fed), self.group[self._ends])
        with np.errstate(divide="ignore"):
            conductance = 1 / graph.resistance
        self._set_up_equations(self.group[self._start], self.group[self._end], conductance)

    def _set_up_equations(self, a: Index, b: Index, conductance: Array) -> None:
        """Kirchhoff's current law on the unknown groups, over the branches that can carry a current: wires first, then cells.

        a, b: the groups that each branch joins; conductance: inf for a short, 0 for an open branch, nan for a cell that conducts.
        """
        live = (conductance != 0) & ~np.isinf(conductance) & self.fed[a]
        self._fixed = np.flatnonzero(live & ~np.isnan(conductance))
        self._cells = np.flatnonzero(live & np.isnan(conductance))
        self._cell_at = self._cells - self._bounds[-1]
        self._branch = np.concatenate([self._fixed, self._cells])
        self._g_fixed = conductance[self._fixed]
        a, b, count, groups = a[self._branch], b[self._branch], len(self._branch), len(self.fed)
        ones, each = np.ones(count), np.arange(count)
        sides = np.concatenate([ones, -ones]), (np.tile(each, 2), np.concatenate([a, b]))
        self._across: csr_matrix = coo_matrix(sides, shape=(count, groups)).tocsr()  # voltage across each branch
        self._leaving: csr_matrix = self._across[:, self.unknown].T.tocsr()  # net current out of each unknown group
        # the matrix of Newton's step, entry by entry: row, column, sign and which of (by_start, by_end) it takes
        place = np.full(groups, -1)
        place[self.unknown] = np.arange(len(self.unknown))
        row, column = place[np.concatenate([a, b, a, b])], place[np.concatenate([a, a, b, b])]
        kept = (row >= 0) & (column >= 0)
        sign = np.concatenate([ones, -ones, -ones, ones])
        source = np.concatenate([each, each, count + each, count + each])
        self._entries = row[kept], column[kept], sign[kept], source[kept]

    # -- voltages

    def apply(self, lines: Array, others: Array | float = 0.0) -> Array:
        """Group voltages (groups, p) with every driven group at its line's voltage; `lines` (p, m + n), the other groups at `others`.

        Raises `InputError` where shorts alone join drivers of different voltages.
        """
        v = np.full((len(self.fed), len(lines)), np.nan)
        v[self.fed] = others if np.ndim(others) == 0 else np.asarray(others)[self.fed]
        home = self.group[self._ends]
        v[home] = lines[:, self.driven].T
        clash = np.argwhere(v[home] != lines[:, self.driven].T)
        if len(clash):
            at, p = clash[0]
            other = np.flatnonzero((home == home[at]) & (lines[p, self.driven] != lines[p, self.driven[at]]))[0]
            one, two = sorted((self.driven[at], self.driven[other]))
            raise InputError(
                f"{self._line(one)} at {lines[p, one]:g} V and {self._line(two)} at {lines[p, two]:g} V are joined by shorts alone; "
                "give a driver, a wire or a cell between them a resistance above 0"
            )
        return v

    def guess(self, lines: Array) -> Array:
        """Group voltages (groups,) to start Newton from: every line at its driver's voltage, a floating one at the lowest of all."""
        m, n = self.shape
        at_start = np.where(np.isnan(lines), np.nanmin(lines, initial=np.inf) if len(self.driven) else 0.0, lines)
        of_node = np.concatenate([np.repeat(at_start[:m], n), np.tile(at_start[m:], m), at_start])
        v = np.zeros(len(self.fed))
        v[self.group] = of_node
        return self.apply(lines[None], v[:, None])[:, 0]

    def at_nodes(self, v: Array) -> tuple[Array, Array]:
        """Voltages (..., m, n) of word and bit nodes from group voltages (groups, ...)."""
        m, n = self.shape
        nodes = np.moveaxis(v[self.group[: 2 * m * n]], 0, -1)
        return nodes[..., : m * n].reshape(*nodes.shape[:-1], m, n), nodes[..., m * n :].reshape(*nodes.shape[:-1], m, n)

    def _line(self, line: int) -> str:
        m = self.shape[0]
        return f"word line {line}" if line < m else f"bit line {line - m}"

    # -- solving

    def solve_linear(self, g_cell: Array, lines: Array) -> Array:
        """Group voltages (groups, p) for cells of fixed conductance (m, n) [S]; one factorisation for all p rows of `lines`."""
        v = self.apply(lines)
        if not len(self.unknown):
            return v
        g = np.concatenate([self._g_fixed, g_cell.ravel()[self._cell_at]])
        lu = self._factor(g, g)
        for _ in range(2):  # the second pass refines the first
            excess = self._leaving @ (g[:, None] * self._drop(v))
            v[self.unknown] -= np.column_stack([lu.solve(column) for column in excess.T])
        return v

    def solve_newton(self, law: CellLaw, lines: Array, start: Array | None = None) -> tuple[Array, Response]:
        """Group voltages (groups,) for cells that obey `law`, and the cells' response there; `lines` (m + n,).

        Newton's steps, halved while the sum of the nodes' current errors does not fall. The matrix is an M-matrix, so a step
        downhill exists. Raises `SimulationError` with the remaining error where it does not converge.
        """
        law.cover(lines)
        v = self.guess(lines) if start is None else self.apply(lines[None], start[:, None])[:, 0]
        largest = max(float(np.abs(lines[self.driven]).max(initial=0.0)), 1e-30)
        response = law.respond(*self.at_nodes(v))
        if not len(self.unknown):
            return v, response
        excess, rounding = self._excess(v, response)
        step = np.inf
        for _ in range(NEWTON_STEPS):
            if (np.abs(excess) <= rounding + NO_CURRENT).all():
                return v, response
            by_word = np.concatenate([self._g_fixed, response.by_word.ravel()[self._cell_at]])
            by_bit = np.concatenate([self._g_fixed, response.by_bit.ravel()[self._cell_at]])
            move = -self._factor(by_word, by_bit).solve(excess)
            step = float(np.abs(move).max())
            size = 1.0
            for _ in range(HALVINGS):
                trial = v.copy()
                trial[self.unknown] += size * move
                response = law.respond(*self.at_nodes(trial), response.middle)
                trial_excess, trial_rounding = self._excess(trial, response)
                slack = trial_rounding.sum()
                if np.abs(trial_excess).sum() <= (1 - 1e-4 * size) * np.abs(excess).sum() + slack:
                    break
                size /= 2
            v, excess, rounding = trial, trial_excess, trial_rounding
            at_rounding = np.abs(excess).sum() <= rounding.sum() and step <= 1e3 * STEP_TOLERANCE * largest
            if step <= STEP_TOLERANCE * largest or at_rounding:
                return v, response
        raise SimulationError(
            f"the network did not converge in {NEWTON_STEPS} Newton steps: last step {step:.1e} V, "
            f"largest current error {np.abs(excess).max():.1e} A; check for extreme voltages or transistor parameters"
        )

    def _drop(self, v: Array) -> Array:
        """Voltage across every live branch, (branches, ...) from group voltages (groups, ...)."""
        return np.asarray(self._across @ np.nan_to_num(v, nan=0.0))

    def _excess(self, v: Array, response: Response) -> tuple[Array, Array]:
        """Net current out of every unknown group [A], and how much of it rounding alone can be."""
        drop = self._drop(v)[: len(self._fixed)]
        current = np.concatenate([self._g_fixed * drop, response.current.ravel()[self._cell_at]])
        largest = np.abs(v[self.fed]).max(initial=0.0)
        size = np.concatenate([self._g_fixed * largest, np.abs(current[len(self._fixed) :])])
        return self._leaving @ current, 2 * np.finfo(float).eps * (abs(self._leaving) @ size)

    def _factor(self, by_start: Array, by_end: Array) -> SuperLU:
        row, column, sign, source = self._entries
        weight = sign * np.concatenate([by_start, by_end])[source]
        matrix = coo_matrix((weight, (row, column)), shape=(len(self.unknown),) * 2).tocsc()
        return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})

    # -- currents

    def currents(self, v: Array, i_cell: Array) -> tuple[Array, Array, Array]:
        """Currents of cells (p, m, n), word drivers (p, m) and bit drivers (p, n) from group voltages (groups, p).

        `i_cell` (p, m, n): what the cells' law says; those of shorted cells come from Kirchhoff's law, as do those of all shorts.
        """
        m, n = self.shape
        p = v.shape[1]
        all_ = np.zeros((len(self._start), p))
        all_[self._fixed] = self._g_fixed[:, None] * self._drop(v)[: len(self._fixed)]
        all_[self._cells] = i_cell.reshape(p, m * n).T[self._cell_at]
        if len(self.short):
            branch = self._branch
            arriving = np.zeros((self.nodes, p))
            np.add.at(arriving, self._end[branch], all_[branch])
            np.subtract.at(arriving, self._start[branch], all_[branch])
            fed = self.fed[self.group[self._start[self.short]]]
            all_[self.short] = np.where(fed[:, None], self.shorts.currents(arriving), 0.0)
        word, _, _, bit, far_word, far_bit, cell = np.split(all_.T, self._bounds, axis=1)
        return cell.reshape(p, m, n), word + far_word, bit + far_bit
