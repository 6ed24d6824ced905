"""What a training run's TOML file may say: a frozen dataclass a table, every field with a default, checked as it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..circuit.crossbar import CELLS, Crossbar
from ..config import build, read_toml
from ..device.access import Access
from ..device.mtj import Mtj
from ..device.variation import Variation
from ..errors import InputError, unknown

ENGINES = ("surrogate", "nodal", "ngspice", "ideal")
RULES = {"rank_one": 0.004, "two_array": 1.0, "consensus": 0.02}  # and where each takes its column rate in the end, unless told
SCALINGS = ("auto", "feature", "global")
REFERENCES = ("pair", "column")
HEADERS = ("auto", "yes", "no")
CODINGS = ("coincidence", "time-voltage")
MOST_SLOTS = 64  # of updates, a sample and layer
SCHEMES = {"1T1R": ("gate",), "1R": ("V/3", "V/2", "grounded")}


def _unit(default: float | None, unit: str) -> Any:
    return field(default=default, metadata={"unit": unit})


def geometric(start: float, end: float, progress: float) -> float:
    """From `start` to `end` in equal ratios as `progress` goes from 0 to 1."""
    return float(start * (end / start) ** progress)


def check_devices(where: str, devices: int, reference: str) -> None:
    """`InputError` unless so many cells can make a weight: an even number in pairs, any against a reference column."""
    if devices < 1:
        raise InputError(f"{where} = {devices}: a weight has at least 1 cell")
    if reference == "pair" and devices % 2:
        raise InputError(
            f'{where} = {devices}: a differential pair needs an even number, 2 or more; network.reference = "column" takes any'
        )


def _within(where: str, value: float, low: float, high: float, hint: str = "") -> None:
    if not low <= value <= high:
        raise InputError(f"{where} = {value:g}: it must lie between {low:g} and {high:g}{hint}")


@dataclass(frozen=True)
class DataSettings:
    """`name` of a data set; `path` of its file or folder (else the cache folder); the share of a table kept for the test.

    scaling : "feature" (each centred and divided by its own deviation), "global" (divided by one deviation of all) or "auto" (global for
    MNIST); then cut off at `clip` deviations. train_samples : only the first so many of the training part. label_column, header : of a CSV
    table ("yes", "no", "auto").
    """

    name: str = "digits"
    path: str | None = None
    test_fraction: float = 0.2
    scaling: str = "auto"
    clip: float = 2.0
    train_samples: int | None = None
    label_column: int = -1
    header: str = "auto"

    def __post_init__(self) -> None:
        for kind, value, choices in (("data.scaling", self.scaling, SCALINGS), ("data.header", self.header, HEADERS)):
            if value not in choices:
                raise unknown(kind, value, choices)
        if self.train_samples is not None and self.train_samples < 1:
            raise InputError(f"data.train_samples = {self.train_samples}: it must be at least 1")
        _within("data.test_fraction", self.test_fraction, 0.01, 0.9)
        _within("data.clip", self.clip, 0.1, 100)


@dataclass(frozen=True)
class NetworkSettings:
    """`hidden` layers; cells a weight; what they are read against, "pair" or "column" (see `layout`); tile: most lines of a tile; spread,
    output_spread: rms of a layer's outputs at the random start, for inputs of rms 1; activation_clip: where the rectifier saturates."""

    hidden: tuple[int, ...] = (128,)
    devices_per_weight: int = 16
    reference: str = "pair"
    tile: int = 32
    spread: float = 0.8
    output_spread: float = 1.5
    activation_clip: float = 4.0

    def __post_init__(self) -> None:
        if any(width < 1 for width in self.hidden):
            raise InputError(f"network.hidden = {list(self.hidden)}: a layer has at least 1 output")
        if self.reference not in REFERENCES:
            raise unknown("network.reference", self.reference, REFERENCES)
        check_devices("network.devices_per_weight", self.devices_per_weight, self.reference)
        least = 2 if self.reference == "pair" else 4
        if self.tile < least:
            raise InputError(f"network.tile = {self.tile}: a tile has at least {least} lines")
        for name in ("spread", "output_spread", "activation_clip"):
            _within(f"network.{name}", getattr(self, name), 0.01, 100)


@dataclass(frozen=True)
class DeviceSettings:
    """A preset of the MTJ and, in 1T1R cells, of its transistor (and its width, if another); relative spreads between the devices.

    stuck, open, short : shares of cells that stand in one state for ever (either alike), carry nothing, or have no junction's resistance.
    """

    preset: str = "ref-pma-40"
    cell: str = "1T1R"
    temperature: float = _unit(300.0, "K")
    access: str = "nmos-45"
    access_width: float | None = _unit(None, "m")
    variation: Variation = field(default_factory=Variation)
    stuck: float = 0.0
    open: float = 0.0
    short: float = 0.0

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise unknown("cell", self.cell, CELLS)
        if self.variation.c2c_hk:
            raise InputError("device.variation.c2c_hk: training has no cycle-to-cycle variation yet; leave it out")
        for name in ("stuck", "open", "short"):
            _within(f"device.{name}", getattr(self, name), 0, 1)
        if self.stuck + self.open + self.short > 1:
            raise InputError(
                f"device.stuck, open and short make {self.stuck + self.open + self.short:g} of the cells; together they are 1 at most"
            )
        self.mtj(), self.transistor()

    @property
    def sound(self) -> bool:
        """Whether all cells work."""
        return not (self.stuck or self.open or self.short)

    def mtj(self) -> Mtj:
        """The nominal device."""
        return Mtj.preset(self.preset, temperature=self.temperature)

    def transistor(self) -> Access | None:
        """The access transistor; None for 1R."""
        if self.cell == "1R":
            return None
        return Access.preset(self.access, **({} if self.access_width is None else {"width": self.access_width}))


@dataclass(frozen=True)
class WireSettings:
    """Resistance of a wire segment and of a line's driver."""

    r_wl: float = _unit(1.0, "ohm")
    r_bl: float = _unit(1.0, "ohm")
    r_driver_wl: float = _unit(50.0, "ohm")
    r_driver_bl: float = _unit(50.0, "ohm")

    def __post_init__(self) -> None:
        for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl"):
            _within(f"wires.{name}", getattr(self, name), 0, 1e6, " ohm")


@dataclass(frozen=True)
class ReadSettings:
    """`volts`: what the largest input puts on its line, beyond the volts at which all lines stand (the same number in 1T1R, 0 in 1R).

    saturation : the largest sum that a row of tiles can deliver, in units of a layer's sums; noise : rms in each, as a share of it;
    adc_bits, dac_bits : of sums and of inputs, 0 for none; disturb : whether reads flip cells, each by its law in `seconds` at its lines'
    volts.
    """

    volts: float = _unit(0.1, "V")
    saturation: float | None = None
    noise: float = 0.0
    adc_bits: int = 0
    dac_bits: int = 0
    disturb: bool = False
    seconds: float = _unit(10e-9, "s")

    def __post_init__(self) -> None:
        _within("read.volts", self.volts, 1e-6, 1.0, " V")
        _within("read.seconds", self.seconds, 1e-11, 1e-3, " s")
        _within("read.noise", self.noise, 0, 1)
        if self.saturation is not None:
            _within("read.saturation", self.saturation, 1e-3, 1e6)
        for name in ("adc_bits", "dac_bits"):
            bits = getattr(self, name)
            if bits != 0 and not 2 <= bits <= 24:
                raise InputError(f"read.{name} = {bits}: it must be 0 (no conversion) or 2 to 24")
        if self.saturation is None and (self.noise or self.adc_bits):
            raise InputError("read.noise and read.adc_bits are shares of a full scale; set read.saturation too")

    @property
    def plain(self) -> bool:
        """Whether the numbers are the currents themselves."""
        return self.saturation is None and not self.dac_bits and not self.disturb


@dataclass(frozen=True)
class PulseSettings:
    """The update pulse: its width, the flip probability that an isolated nominal cell shall have, the scheme ("gate" for 1T1R, "V/3",
    "V/2" or "grounded" for 1R; "auto" takes the first that fits). Line volts of each direction override the probability.

    coding : "coincidence", or "time-voltage" with pulses up to these (see `encoding`, `time_voltage`); width_bits, volt_bits : how finely
    the latter's widths and volts are set, 0 for any.
    """

    seconds: float = _unit(5e-9, "s")
    probability: float = 0.5
    scheme: str = "auto"
    volts_to_antiparallel: float | None = _unit(None, "V")
    volts_to_parallel: float | None = _unit(None, "V")
    coding: str = "coincidence"
    width_bits: int = 0
    volt_bits: int = 0

    def __post_init__(self) -> None:
        if self.coding not in CODINGS:
            raise unknown("pulse.coding", self.coding, CODINGS)
        for name in ("width_bits", "volt_bits"):
            bits = getattr(self, name)
            if not 0 <= bits <= 16:
                raise InputError(f"pulse.{name} = {bits}: it must be 0 (any value) or 1 to 16")
            if bits and self.coding != "time-voltage":
                raise InputError(f'pulse.{name} = {bits}: only coding = "time-voltage" has graded lines; leave it out')
        _within("pulse.seconds", self.seconds, 1e-11, 1e-3, " s")
        _within("pulse.probability", self.probability, 1e-6, 1 - 1e-6)
        for name in ("volts_to_antiparallel", "volts_to_parallel"):
            if getattr(self, name) is not None:
                _within(f"pulse.{name}", getattr(self, name), 1e-3, 10, " V; give the size, the direction has its sign")

    def scheme_for(self, cell: str) -> str:
        """The scheme for a kind of cell; `InputError` where it does not fit."""
        fits = SCHEMES[cell]
        if self.scheme == "auto":
            return fits[0]
        if self.scheme not in fits:
            raise InputError(f"pulse.scheme = {self.scheme!r} does not fit {cell} cells; use {' or '.join(fits)}")
        return self.scheme


@dataclass(frozen=True)
class TransferSettings:
    """The two-array rule's transfer from the fast to the slow array, for rows read in turn: one every `every` samples a layer.

    A row's weight of the fast array passes where its size reaches a threshold that rises from `threshold_start` to `threshold_end`
    (shares of K); then a slow cell is pulsed with probability `write`, and a fast one back with `reset`.
    """

    every: int = 1
    threshold_start: float = 0.25
    threshold_end: float = 0.7
    write: float = 0.1
    reset: float = 0.1

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError(f"rule.transfer.every = {self.every}: it must be 1 or more samples")
        for name in ("threshold_start", "threshold_end", "write", "reset"):
            _within(f"rule.transfer.{name}", getattr(self, name), 1e-6, 1)


@dataclass(frozen=True)
class BatchSettings:
    """The consensus rule's batch, growing geometrically from `start` to `end` samples."""

    start: int = 64
    end: int = 720

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if getattr(self, name) < 1:
                raise InputError(f"rule.batch.{name} = {getattr(self, name)}: it must be at least 1 sample")


class Rates(NamedTuple):
    """Of `RuleSettings`, for compiled code too: row_rate, column_rate, where that goes, and the rest by name."""

    row: float
    column: float
    column_end: float
    output: float
    row_drop: float
    column_drop: float
    slots: int


@dataclass(frozen=True)
class RuleSettings:
    """The update rule. A row is on with probability row_rate |x|, a column with column_rate |delta|; the latter goes geometrically to
    `column_rate_end` (without it: what suits the rule); for "consensus" it is eta. No update of a sample whose 1 - p(label) is under
    `skip`.

    Of the rules that take each sample's outer product: `slots` a sample, each with bits of its own; `output_rate` : column rates of the
    last layer, as a part of the others'; `row_drop`, `column_drop` : before the last layer, values under these shares of the largest
    are left out, and the others made larger so that the sum of all sizes stays.
    """

    name: str = "two_array"
    epochs: int = 30
    row_rate: float = 0.3
    column_rate: float = 0.2
    column_rate_end: float | None = None
    skip: float = 0.03
    slots: int = 1
    output_rate: float = 1.0
    row_drop: float = 0.0
    column_drop: float = 0.0
    transfer: TransferSettings = TransferSettings()
    batch: BatchSettings = BatchSettings()

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise unknown("rule", self.name, RULES)
        if self.epochs < 1:
            raise InputError(f"rule.epochs = {self.epochs}: it must be at least 1")
        _within("rule.row_rate", self.row_rate, 1e-6, 1e3)
        _within("rule.column_rate", self.column_rate, 1e-6, 1e3)
        if self.column_rate_end is not None:
            _within("rule.column_rate_end", self.column_rate_end, 1e-6, 1e3)
        _within("rule.skip", self.skip, 0, 1)
        if not 1 <= self.slots <= MOST_SLOTS:
            raise InputError(f"rule.slots = {self.slots}: it must be 1 to {MOST_SLOTS}")
        _within("rule.output_rate", self.output_rate, 1e-6, 1e3)
        for name in ("row_drop", "column_drop"):
            _within(f"rule.{name}", getattr(self, name), 0, 1)

    def rate(self, progress: float) -> float:
        """The column rate at a progress from 0 to 1."""
        rates = self.rates
        return geometric(rates.column, rates.column_end, progress)

    @property
    def rates(self) -> Rates:
        """What slots of samples' outer products are made with."""
        end = RULES[self.name] if self.column_rate_end is None else self.column_rate_end
        return Rates(self.row_rate, self.column_rate, end, self.output_rate, self.row_drop, self.column_drop, self.slots)


@dataclass(frozen=True)
class SoftwareSettings:
    """The networks of the same shape in software: learning rates, falling geometrically from the first to the second; those of binary
    weights move latent weights that lie in +-1."""

    rate: float = 0.03
    rate_end: float = 0.0006
    binary_rate: float = 0.01
    binary_rate_end: float = 0.0002

    def __post_init__(self) -> None:
        for name in ("rate", "rate_end", "binary_rate", "binary_rate_end"):
            _within(f"software.{name}", getattr(self, name), 1e-9, 10)


@dataclass(frozen=True)
class SurrogateSettings:
    """`path` of a calibration file; without one, the calibration shipped for the preset."""

    path: str | None = None


@dataclass(frozen=True)
class LimitSettings:
    """For circuit engines: only the first `samples` of the training, and a test on the first `test_samples` (0: no test)."""

    samples: int | None = None
    test_samples: int | None = None

    def __post_init__(self) -> None:
        if self.samples is not None and self.samples < 1:
            raise InputError(f"limit.samples = {self.samples}: it must be at least 1")
        if self.test_samples is not None and self.test_samples < 0:
            raise InputError(f"limit.test_samples = {self.test_samples}: it must be 0 or more")


@dataclass(frozen=True)
class TrainSettings:
    """All tables of a training file."""

    engine: str = "surrogate"
    seed: int = 1
    data: DataSettings = DataSettings()
    network: NetworkSettings = NetworkSettings()
    device: DeviceSettings = DeviceSettings()
    wires: WireSettings = WireSettings()
    read: ReadSettings = ReadSettings()
    pulse: PulseSettings = PulseSettings()
    rule: RuleSettings = RuleSettings()
    software: SoftwareSettings = SoftwareSettings()
    surrogate: SurrogateSettings = SurrogateSettings()
    limit: LimitSettings = LimitSettings()

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise unknown("engine", self.engine, ENGINES)
        if self.seed < 0:
            raise InputError(f"seed = {self.seed}: it must be 0 or more")
        self.pulse.scheme_for(self.device.cell)

    @classmethod
    def of(cls, config: TrainSettings | Mapping[str, Any] | str | Path) -> TrainSettings:
        """Settings from themselves, a mapping of tables, or the path of a TOML file."""
        if isinstance(config, TrainSettings):
            return config
        if isinstance(config, Mapping):
            return build(cls, config, "training config")
        return build(cls, read_toml(config), str(config))

    def crossbar(self, m: int, n: int, states: Any = None) -> Crossbar:
        """An array of nominal devices with these cells and wires."""
        w = self.wires
        return Crossbar(
            m, n, self.device.mtj(), self.device.cell, states, access=self.device.transistor(),
            r_wl=w.r_wl, r_bl=w.r_bl, r_driver_wl=w.r_driver_wl, r_driver_bl=w.r_driver_bl,
        )  # fmt: skip
