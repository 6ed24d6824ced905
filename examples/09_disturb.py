"""What a write does to the cells beside the one it means: predicted from their voltages, and counted in ngspice.

Run: python examples/09_disturb.py
"""

import numpy as np

import spicemtj as sm
from spicemtj.circuit.schemes import selection
from spicemtj.export import export
from spicemtj.sneak import classes, count_flips, disturb

WIRES = {"r_wl": 1.0, "r_bl": 1.0, "r_driver_wl": 10.0, "r_driver_bl": 10.0}
SECONDS, PULSES = 10e-9, 5

print("A write that flips its cell half of the time, 16 x 16, the most exposed data: P of the worst other cell, and the sum")
array = sm.Crossbar(16, 16, **WIRES)
for volts in (0.275, -0.425):
    for scheme in ("V/2", "V/3"):
        found = disturb(array, sm.Write(scheme, 8, 8, volts, SECONDS), exposed=True)
        print(
            f"  {scheme} {volts:+.3f} V  one pulse {found.worst():.1e} {found.total():.1e}"
            f"   1000 pulses {found.worst(1000):.1e} {found.total(1000):.1e}"
        )

print(f"{PULSES} pulses that are strong enough to see it, all cells parallel before each, in ngspice")
kinds = classes((16, 16), [8], [8])
for scheme, volts in (("V/2", 0.53), ("V/3", 0.8)):
    counts = count_flips(array, sm.Write(scheme, 8, 8, volts, SECONDS), kinds, range(PULSES), "ngspice")
    half = counts["row"] + counts["column"]
    print(
        f"  {scheme} {volts} V  {half.flips} of {half.cells} half-selected flipped, expected {half.expected:.1f} ({half.sigmas:+.1f} sigma)"
    )

print("Gates: three rows and four columns at once; the other bit lines follow the word lines, or stand at half of their volts")
gated = sm.Crossbar(16, 16, cell="1T1R", **WIRES)
rows, cols = [4, 8, 12], [2, 6, 10, 14]
kinds = classes((16, 16), rows, cols)
drive = selection(gated, "gate", rows, cols, 0.72, SECONDS)
half_level = sm.Drive(drive.edges, drive.v_wl, np.where(drive.v_bl > 0, 0.36, 0.0), drive.v_gate, rise=drive.rise)
for name, lines in (("follow", drive), ("half level", half_level)):
    open_row = count_flips(gated, lines, kinds, range(PULSES), "ngspice")["row"]
    print(
        f"  {name:10s}  {open_row.flips} of {open_row.cells} flipped, expected {open_row.expected:.3g} ({open_row.sigmas:+.1f} sigma)"
    )

res = sm.write(array, sm.Write("V/2", 8, 8, 0.53, SECONDS), engine="ngspice", seed=1)
files = export("pulse.csv", array, sm.Write("V/2", 8, 8, 0.53, SECONDS), res, engine="ngspice", seed=1)
print(f"one of these pulses, every cell and every line: {', '.join(str(path) for path in files)}")
