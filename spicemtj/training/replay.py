"""A stretch of a finished or unfinished training once more, with a circuit beside it: where the two part, cell by cell.

The arrays are put into the last kept states before the stretch and trained up to it, which gives the run's own bits again (and is
checked against what it recorded). In the stretch every read and every pulse of the chosen tiles is also solved by the circuit engine,
in the same states and with the same random numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compare import Log, joined, summarised
from ..config import build
from ..errors import InputError
from ..randomness import pulse_key, uniforms
from ..results import Quantity, Result, write
from ..surrogate.model import Surrogate
from ..surrogate.refit import Seen, SeenPulse, SeenRead
from .backends import Backend, chords
from .checkpoint import from_data, kept_from_data, put_back_network
from .circuit_backend import CircuitBackend, inside
from .layout import Tile
from .record import load_run
from .settings import TrainSettings
from .train import Loop, prepare

Array = NDArray[np.float64]
KIND = "replay"
NEVER_SEEN = 1e-12  # cells below this flip probability in both engines are counted in the maps, not listed as events
EVENTS = {
    "sample": "1", "layer": "1", "array": "1", "row": "1", "col": "1", "towards": "1", "leader_volts": "V", "follower_volts": "V",
    "leader_p": "1", "follower_p": "1", "number": "1", "leader_flipped": "1", "follower_flipped": "1",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Replay:
    """`summary`: the figures. maps: by "layer0_array0", (rows, columns) of the tile, or of the layer where all tiles were solved.
    events: a column each (see `EVENTS`), one entry a cell and pulse. reads: pairs (leader, follower) of line currents in read units."""

    summary: dict[str, Any]
    maps: dict[str, dict[str, Array]]
    events: dict[str, Array]
    reads: tuple[Array, Array]
    config: dict[str, Any]
    seed: int
    seen: Seen
    surrogate: Surrogate | None

    def calibrated(self) -> Surrogate:
        """The run's calibration with its fits taken anew from this replay (see `surrogate.refit`); only the `surrogate` has some."""
        from ..surrogate.refit import refit

        if self.surrogate is None:
            raise InputError(f"the run was trained by engine {self.config['leader']!r}; only a surrogate's has a calibration")
        return refit(
            self.surrogate, self.seen, f"{self.config['run']}, {self.summary['samples']} samples after {self.summary['after']}"
        )

    def save(self, path: str | Path) -> Path:
        """Write the replay to an HDF5 file."""
        units = {"volts_rms": "V"}
        data = {
            "maps": {k: {n: Quantity(v, units.get(n, "1")) for n, v in maps.items()} for k, maps in self.maps.items()},
            "events": {name: Quantity(values, EVENTS[name]) for name, values in self.events.items()},
            "reads": {name: Quantity(v, "1") for name, v in zip(("leader", "follower"), self.reads, strict=True)},
        }
        return write(path, Result(KIND, data, self.config, self.summary, self.seed))

    def worst(self, count: int = 8) -> list[dict[str, Any]]:
        """The cells whose flip probabilities part the most (rms over their pulses)."""
        found: list[dict[str, Any]] = []
        for place, maps in self.maps.items():
            rms = np.nan_to_num(maps["p_rms"])
            for cell in np.argsort(rms, axis=None)[::-1][:count]:
                i, j = np.unravel_index(cell, rms.shape)
                if maps["pulses"][i, j] > 0:
                    found.append({"array": place, "row": int(i), "col": int(j)} | {n: float(v[i, j]) for n, v in maps.items()})
        return sorted(found, key=lambda cell: float(cell["p_rms"]), reverse=True)[:count]


def replay(
    path: str | Path,
    samples: tuple[int, int],
    engine: Any = "ngspice",
    *,
    epoch: int | None = None,
    layer: int | None = None,
    tile: int | None = None,
) -> Replay:
    """Samples `samples[0]` up to but without `samples[1]` of the run in `path`, counted from its start or from that of `epoch` (1 and on).

    engine : what is solved beside it, "ngspice", "nodal" or an engine. layer, tile : only that one, counted from 0 (a tile's number
    is its place in its layer, rows of tiles first); a tile without a layer is one of layer 0.
    """
    result = load_run(path)
    made = prepare(build(TrainSettings, _given(result.config), str(path)), None, result.seed)
    first, last = _stretch(samples, epoch, len(made.data.x_train), len(result.value("samples/loss")), path)
    loop = Loop(made, last, tested=0)
    _go_to(loop, result, first)

    from ..engines import get

    follower = get(engine)
    log = CellLog(loop)
    leaders = [each.weights for each in made.network.layers]
    for k, each in enumerate(made.network.layers):
        chosen = _tiles(each.weights.spec.layout.tiles, k, layer, tile, len(made.network.layers))
        each.arrays[:] = [Watched(a, follower, log, (k, number), chosen) for number, a in enumerate(each.arrays)]
    log.on = True
    loop.advance(last - first)
    log.on = False

    recorded = {name: result.value(f"samples/{name}")[first:last] for name in ("loss", "flips", "pulses")}
    same = all(np.array_equal(values, getattr(loop, name)[first:last]) for name, values in recorded.items())
    summary = summarised(log, made.name, follower.name, last - first, first)
    summary |= {
        "layer": layer,
        "tile": tile,
        "same_as_recorded": same,
        "stretch_accuracy": float(loop.correct[first:last].mean()),
    }
    summary |= _within(log, leaders[0])
    surrogate = getattr(leaders[0], "surrogate", None)
    config = {"leader": made.name, "follower": follower.name, "run": str(path), "training": dataclasses.asdict(made.settings)}
    return Replay(summary, log.maps(), log.table(), joined(log.outputs), config, made.seed, log.seen, surrogate)


def _given(config: Mapping[str, Any]) -> dict[str, Any]:
    """A file's settings without those that nobody gave."""
    return {k: _given(v) if isinstance(v, Mapping) else v for k, v in config.items() if v is not None}


def _stretch(samples: tuple[int, int], epoch: int | None, each: int, done: int, path: str | Path) -> tuple[int, int]:
    first, last = samples
    before = 0 if epoch is None else (epoch - 1) * each
    if not 0 <= first < last or (epoch is not None and (epoch < 1 or last > each)):
        raise InputError(
            f"samples {first}:{last}: give first:last with 0 <= first < last" + (f" <= {each} of an epoch" if epoch else "")
        )
    if before + last > done:
        raise InputError(f"samples {before + first}:{before + last}: {path} has {done} samples")
    return before + first, before + last


def _go_to(loop: Loop, result: Result, first: int) -> None:
    """Train `loop` to the sample `first`, from the last arrays that the file holds before it."""
    kept = kept_from_data(result.data.get("kept", {}))
    if result.data.get("checkpoint"):
        kept[int(result.value("checkpoint/step"))] = from_data(result.data["checkpoint"]["arrays"])
    start = max((step for step in kept if step <= first), default=0)
    if start:
        loop.skip(start)
        put_back_network(loop.made.network, kept[start])
    loop.advance(first - start)


def _tiles(all_tiles: list[Tile], here: int, layer: int | None, tile: int | None, layers: int) -> list[Tile]:
    """The tiles of layer `here` that are chosen."""
    if layer is not None and not 0 <= layer < layers:
        raise InputError(f"layer {layer}: this network has layers 0 to {layers - 1}")
    if tile is not None and layer is None:
        layer = 0
    if layer is not None and here != layer:
        return []
    if tile is None:
        return all_tiles
    if not 0 <= tile < len(all_tiles):
        raise InputError(f"tile {tile}: layer {here} has tiles 0 to {len(all_tiles) - 1}")
    return [all_tiles[tile]]


def _within(log: CellLog, array: Backend) -> dict[str, float]:
    """The share of line currents nearer to the circuit's than 95 % of the surrogate's held-out runs were, and that bound.

    Both as shares of the largest current among a tile's lines, forwards and backwards apart.
    """
    model = getattr(array, "surrogate", None)
    held = {} if model is None else dict(model.held_out)
    if "i_scale" not in held or not log.outputs:
        return {}
    stated = float(np.quantile(np.abs(held["i_surrogate"] - held["i_circuit"]) / held["i_scale"], 0.95))
    largest: dict[tuple[int, ...], float] = {}
    for group, (_, theirs) in zip(log.groups, log.outputs, strict=True):
        largest[group] = max(largest.get(group, 0.0), float(np.abs(theirs).max()))
    near = [np.abs(a - b) <= stated * largest[group] for group, (a, b) in zip(log.groups, log.outputs, strict=True)]
    return {"stated_current_error_95": stated, "currents_within_it": float(np.mean(np.concatenate(near)))}


class CellLog(Log):
    """A `Log` that also sums up each cell and lists each event; `groups`: whose lines the currents of each read are."""

    def __init__(self, loop: Loop):
        super().__init__(on=False)
        self.loop = loop
        self.cells: dict[str, Cells] = {}
        self.events: list[dict[str, Any]] = []
        self.groups: list[tuple[int, ...]] = []
        self.seen = Seen()

    def maps(self) -> dict[str, dict[str, Array]]:
        """What each array's cells did, cut down to the tile where there is one."""
        return {name: cells.maps() for name, cells in self.cells.items()}

    def table(self) -> dict[str, Array]:
        """All events, a column each."""
        return {
            name: np.concatenate([np.broadcast_to(e[name], e["row"].shape) for e in self.events])
            if self.events
            else np.zeros(0)
            for name in EVENTS
        }


class Cells:
    """Sums over the pulses and reads of one array's cells (M, N)."""

    def __init__(self, shape: tuple[int, int], tiles: list[Tile]):
        self.tiles = tiles
        self.sums = {name: np.zeros(shape) for name in ("pulses", "volts", "p", "leader_flips", "follower_flips", "same_flips")}
        self.sums |= {name: np.zeros(shape) for name in ("reads", "currents")}

    def maps(self) -> dict[str, Array]:
        """Root mean squares and counts."""
        window = self.tiles[0] if len(self.tiles) == 1 else (slice(None), slice(None))
        s = {name: values[window] for name, values in self.sums.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            rms = {
                f"{name}_rms": np.sqrt(s[name] / s[per])
                for name, per in (("volts", "pulses"), ("p", "pulses"), ("currents", "reads"))
            }
        return rms | {name: s[name] for name in ("pulses", "reads", "leader_flips", "follower_flips", "same_flips")}


class Watched:
    """An array that trains as its leader does, while a circuit solves its chosen tiles in the same states."""

    def __init__(self, leader: Backend, engine: Any, log: CellLog, place: tuple[int, int], tiles: list[Tile]):
        self.leader, self.log, self.place, self.tiles = leader, log, place, tiles
        self.spec = leader.spec
        self.probe = _Probe(engine)
        self.circuit = _Tiles(self.spec, self.probe, tiles) if tiles else None
        self.cells = Cells(self.spec.layout.shape, tiles)
        if tiles:
            log.cells[f"layer{place[0]}_array{place[1]}"] = self.cells
        g_p, g_ap = chords(self.spec, self.spec.device)
        self._carried = float(g_p[0, 0] + g_ap[0, 0]) / 2 / (self.spec.unit / (self.spec.read_volts / self.spec.x_max))

    @property
    def states(self) -> NDArray[np.int8]:
        return np.asarray(self.leader.states)

    def restore(self, states: NDArray[np.int8]) -> None:
        self.leader.restore(states)

    def transmission(self) -> float:
        return self.leader.transmission()

    def observed(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        return self.leader.observed(rows, cols, towards, number, *grades)

    def forward(self, x: Array) -> Array:
        return self._read("forward", x)

    def backward(self, d: Array) -> Array:
        return self._read("backward", d)

    def pulse(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        if self.circuit is None or not self.log.on:
            return self.leader.pulse(rows, cols, towards, number, *grades)
        with self.log.timed():
            self._follow()
            before = self.circuit.arrays
            theirs, v_theirs, p_theirs = self.circuit.observed(rows, cols, towards, number, *grades)
        ours, v_ours, p_ours = self.leader.observed(rows, cols, towards, number, *grades)
        self._note_pulse((ours, v_ours, p_ours), (theirs, v_theirs, p_theirs), towards, number)
        if not grades:
            for tile, xbar in before:
                self._keep_pulse(tile, xbar, rows, cols, towards, v_theirs[tile])
        return ours

    def _follow(self) -> None:
        assert self.circuit is not None
        if not np.array_equal(self.circuit.states, self.states):
            self.circuit.restore(self.states)

    def _keep_pulse(self, tile: Tile, xbar: Any, rows: Any, cols: Any, towards: int, volts: Array) -> None:
        here = inside(np.asarray(rows), tile.rows), inside(np.asarray(cols), tile.cols)
        if here[0].size and here[1].size:
            drive = self.spec.encoder.drive(xbar, here[0], here[1], towards)
            self.log.seen.pulses.append(SeenPulse(xbar, drive, volts, self.spec.encoder.seconds))

    def _read(self, way: str, lines: Array) -> Array:
        ours: Array = getattr(self.leader, way)(lines)
        if self.circuit is None or not self.log.on:
            return ours
        with self.log.timed():
            self._follow()
            self.probe.reads = []
            getattr(self.circuit, way)(lines)
        for (tile, xbar), (v_wl, v_bl, solution) in zip(self.circuit.arrays, self.probe.reads, strict=True):
            self._keep_read(xbar, v_wl, v_bl, solution)
            self._note_read(tile, v_wl - self.spec.v_common, v_bl - self.spec.v_common, solution)
        return ours

    def _keep_read(self, xbar: Any, v_wl: Array, v_bl: Array, solution: Any) -> None:
        spec, x, d = self.spec, v_wl - self.spec.v_common, v_bl - self.spec.v_common
        if x.any() and not d.any():
            self.log.seen.reads.append(SeenRead(xbar, x, solution.i_bl, spec.read_volts / 2, spec.v_common, forwards=True))
        elif d.any() and not x.any():
            self.log.seen.reads.append(SeenRead(xbar, -d, solution.i_wl, spec.read_volts / 2, spec.v_common, forwards=False))

    def _note_read(self, tile: Tile, x: Array, d: Array, solution: Any) -> None:
        """One tile's currents, in read units; volts x (rows,), d (columns,) beyond the common ones."""
        if not (x.any() or d.any()):
            return  # a tile without any input says nothing
        spec, per_volt = self.spec, self.spec.x_max / self.spec.read_volts
        terms = tile_weights(self.leader, tile) * (x[:, None] - d) * per_volt
        forwards = bool(np.any(x))
        ours, theirs = terms.sum(axis=0 if forwards else 1), (solution.i_bl if forwards else solution.i_wl) / spec.unit
        self.log.outputs.append((ours, theirs))
        self.log.groups.append((*self.place, tile.rows.start, tile.cols.start, int(forwards)))
        self.log.scales.append(np.full(ours.size, self._carried * float(np.abs(x if forwards else d).sum()) * per_volt or 1.0))
        self.cells.sums["currents"][tile] += (terms - solution.i_cell / spec.unit) ** 2
        self.cells.sums["reads"][tile] += 1

    def _note_pulse(self, ours: Any, theirs: Any, towards: int, number: int) -> None:
        (f_ours, v_ours, p_ours), (f_theirs, v_theirs, p_theirs) = ours, theirs
        layout, log = self.spec.layout, self.log
        chosen = np.zeros(layout.shape, dtype=bool)
        for tile in self.tiles:
            chosen[tile] = True
        flips = np.zeros((2, layout.rows * layout.cols), dtype=bool)
        flips[0, f_ours], flips[1, f_theirs] = True, True
        one, two = flips.reshape(2, *layout.shape) & chosen
        seen = chosen & np.isfinite(v_ours) & np.isfinite(v_theirs)
        if not seen.any():
            return
        log.volts.append((v_ours[seen], v_theirs[seen]))
        log.p.append((p_ours[seen], p_theirs[seen]))
        log.flips.append((int(one.sum()), int(two.sum()), int((one & two).sum())))
        u = uniforms(pulse_key(self.spec.streams.cells, number), np.arange(one.size).reshape(one.shape))
        low, high = np.fmin(p_ours, p_theirs), np.fmax(p_ours, p_theirs)
        log.between += int(((u >= low) & (u < high) & (one != two)).sum())
        sums = self.cells.sums
        sums["pulses"] += seen
        sums["volts"][seen] += (v_ours - v_theirs)[seen] ** 2
        sums["p"][seen] += (p_ours - p_theirs)[seen] ** 2
        sums["leader_flips"] += one
        sums["follower_flips"] += two
        sums["same_flips"] += one & two
        rows, cols = np.nonzero(seen & ((high > NEVER_SEEN) | one | two))
        here = (rows, cols)
        log.events.append({
            "sample": log.loop.step, "layer": self.place[0], "array": self.place[1], "row": rows, "col": cols, "towards": towards,
            "leader_volts": v_ours[here], "follower_volts": v_theirs[here], "leader_p": p_ours[here], "follower_p": p_theirs[here],
            "number": u[here], "leader_flipped": one[here], "follower_flipped": two[here],
        })  # fmt: skip


def tile_weights(backend: Any, tile: Tile) -> Array:
    """What each cell of a tile adds to its column's current per unit of input, as the array's own model has it."""
    if hasattr(backend, "surrogate"):
        layer = backend.tiles.layer
        return np.asarray(layer.a[tile] * layer.g[tile])
    if hasattr(backend, "_gap"):
        return np.asarray(backend._g_ap[tile] + backend._gap[tile] * (backend.states[tile] > 0))
    spec = backend.spec
    xbar = spec.tile(tile, backend.states)
    currents = [
        backend.engine.solve(xbar, spec.v_common + spec.read_volts * one / 2, np.full(xbar.n, spec.v_common)).i_bl
        for one in np.eye(xbar.m)
    ]
    return np.array(currents) * 2 / spec.unit / spec.x_max


class _Tiles(CircuitBackend):
    """Some tiles of an array; the others carry no current and see no pulse."""

    def __init__(self, spec: Any, engine: Any, tiles: list[Tile]):
        self.chosen = tiles
        super().__init__(spec, engine)

    @property
    def arrays(self) -> list[tuple[Tile, Any]]:
        """Each chosen tile and its array as it is."""
        return [(tile, xbar.with_states(self.states[tile])) for tile, xbar in self._tiles]

    def restore(self, states: NDArray[np.int8]) -> None:
        super().restore(states)
        self._tiles = [(tile, xbar) for tile, xbar in self._tiles if tile in self.chosen]


class _Probe:
    """An engine whose reads are written down."""

    def __init__(self, engine: Any):
        self.engine = engine
        self.reads: list[tuple[Array, Array, Any]] = []

    @property
    def name(self) -> str:
        return str(self.engine.name)

    def solve(self, xbar: Any, v_wl: Any, v_bl: Any, v_gate: Any = None) -> Any:
        found = self.engine.solve(xbar, v_wl, v_bl, v_gate)
        self.reads.append((np.asarray(v_wl), np.asarray(v_bl), found))
        return found

    def write(self, xbar: Any, drive: Any, uniforms: Any) -> Any:
        return self.engine.write(xbar, drive, uniforms)
