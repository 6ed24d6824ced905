"""An access transistor of your own in 1T1R cells: a BSIM4 card from a file and a level-1 card as text, in ngspice and in nodal.

Run: python examples/12_own_transistor.py
"""

from pathlib import Path

import numpy as np

import spicemtj as sm

SIZE = 16
LEVEL_1 = ".model square nmos (level=1 vto=0.35 kp=2e-4 lambda=0.15 gamma=0.4 phi=0.8)"

transistors = {
    "BSIM4": sm.Access.from_toml(Path(__file__).parent / "models" / "nmos_bsim4.toml"),
    "level 1": sm.Access.from_card(text=LEVEL_1, width=180e-9, length=45e-9, gate_on=1.4),
}
states = np.random.default_rng(1).choice([-1, 1], (SIZE, SIZE))
pulse = sm.Write("gate", row=3, col=5, volts=-1.0, seconds=5e-9)
states[pulse.row, pulse.col] = -1

for name, access in transistors.items():
    xbar = sm.Crossbar(SIZE, SIZE, cell="1T1R", access=access, states=states)
    # nodal has the card tabulated by ngspice, once, and keeps the table
    read, circuit = (sm.solve(xbar, np.full(SIZE, 0.1), np.zeros(SIZE), engine=engine) for engine in ("nodal", "ngspice"))
    off = np.abs(read.v_cell - circuit.v_cell).max() / np.abs(circuit.v_cell).max()
    print(
        f"{name:8} read at 0.1 V   currents of {read.i_bl.min() * 1e6:.1f} to {read.i_bl.max() * 1e6:.1f} uA, engines apart by {off:.1e}"
    )
    done, circuit = (sm.write(xbar, pulse, engine=engine, seed=1) for engine in ("nodal", "ngspice"))
    off = np.abs(done.v_start - circuit.v_start).max() / np.abs(circuit.v_start).max()
    volts, p = done.v_start[pulse.row, pulse.col], done.p_flip[pulse.row, pulse.col]
    print(f"{name:8} write at -1 V   {volts:.3f} V at the junction, P of a flip {p:.3f}, engines apart by {off:.1e}")
