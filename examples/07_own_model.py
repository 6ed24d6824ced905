"""A junction of your own in a crossbar: an in-plane one with another law, as a Verilog-A module and as a subcircuit.

Run: python examples/07_own_model.py
"""

from pathlib import Path

import numpy as np

import spicemtj as sm
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.errors import MissingToolError
from spicemtj.sneak import measure

here = Path(__file__).parent / "models"
subcircuit = NgspiceEngine(device=here / "brinkman_inplane_lib.toml")

states = np.random.default_rng(1).choice([-1, 1], (8, 8))
xbar = sm.Crossbar(8, 8, states=states, variation={"ra": 0.05}, seed=1)
volts, ground = np.full(8, 0.1), np.zeros(8)

own = sm.solve(xbar, volts, ground, engine=subcircuit)
usual = sm.solve(xbar, volts, ground, engine="ngspice")
print("currents of the bit lines of a read at 0.1 V, in uA")
print("  own model     ", "  ".join(f"{i * 1e6:6.1f}" for i in own.i_bl))
print("  built-in model", "  ".join(f"{i * 1e6:6.1f}" for i in usual.i_bl))
print(f"cells add up to their lines: largest difference {np.abs(own.i_cell.sum(axis=0) / own.i_bl - 1).max():.1e}")

try:
    module = NgspiceEngine(device=here / "brinkman_inplane.toml")
    compiled = sm.solve(xbar, volts, ground, engine=module)
    print(f"module and subcircuit: largest difference of a cell's current {np.abs(compiled.i_cell / own.i_cell - 1).max():.1e}")
except MissingToolError as missing:
    print(f"the Verilog-A module was left out: {missing}")

print("what sneak paths leave of its TMR, floating lines and wires of 1 ohm")
for read in measure([2, 4, 8], ["floating"], engine=subcircuit):
    print(f"  {read.size} x {read.size}   apparent TMR {read.margin:6.1%}")
