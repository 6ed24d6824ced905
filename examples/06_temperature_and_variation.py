"""What real devices do: a junction at several temperatures, an array drawn from geometry, and a write on it with broken cells.

Run: python examples/06_temperature_and_variation.py
"""

import numpy as np

import spicemtj as sm
from spicemtj.circuit.faults import random_faults
from spicemtj.device import derived

NAME = "ref-pma-40"

print(f"{NAME}: the barrier falls faster than 1/T, and with it what a write needs")
for kelvin in (250.0, 300.0, 358.0, 400.0):
    found = derived.figures(sm.Mtj.preset(NAME, temperature=kelvin))
    print(
        f"  {kelvin:.0f} K  Delta {found['delta']:6.2f}   Ic0 {found['ic0'] * 1e6:6.2f} uA   R_AP {found['r_ap']:6.0f} ohm"
        f"   Vc0 {found['vc0_p']:+.3f} and {found['vc0_ap']:+.3f} V   retention {found['retention_p']:.3g} s"
    )

variation = {"diameter": 0.05, "thickness": 0.002, "oxide": 0.005, "ki": 0.002, "c2c_hk": 0.01}
faults = random_faults((32, 32), open=0.02, stuck=0.04, seed=3)
xbar = sm.Crossbar(
    32, 32, NAME, variation=variation, faults=faults, seed=3, r_wl=0.1, r_bl=0.1, r_driver_wl=0.0, r_driver_bl=0.0
)

cells = xbar.cells
figures = {"R_P": cells.r_p, "Delta": cells.delta, "Ic0": cells.ic0, "Vc0": cells.ic0 * cells.r_p}
logs = np.array([np.log(value).ravel() for value in figures.values()])
print(f"1024 devices whose {', '.join(variation)} vary: spreads, and how they go together")
for name, values, row in zip(figures, logs, np.corrcoef(logs), strict=True):
    print(f"  {name:5s} {values.std():6.1%}   " + "  ".join(f"with {n} {c:+.2f}" for n, c in zip(figures, row, strict=True)))

print("one row of them written to antiparallel, and what stays where it is")
array = xbar.with_states(np.ones((32, 32)))
v_wl = np.zeros((1, 32))
v_wl[0, 5] = 0.33
res = sm.write(array, sm.Drive(np.array([0.0, 1e-8]), v_wl, np.zeros((1, 32))), engine="nodal", seed=3)
sound = array.faults[5] == 0
print(
    f"  expected {res.p_flip[5].sum():.1f}, flipped {res.flipped[5].sum()} of {sound.sum()} sound cells; "
    f"P from {res.p_flip[5][sound].min():.3f} to {res.p_flip[5][sound].max():.3f}; {(~sound).sum()} cells are open or stuck"
)
