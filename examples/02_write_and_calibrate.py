"""A write pulse in ngspice and in the exact solver with the same random numbers, then a small surrogate calibrated on circuits.

Run: python examples/02_write_and_calibrate.py
"""

import numpy as np

import spicemtj as sm

if __name__ == "__main__":  # calibration starts worker processes, which import this file
    states = np.random.default_rng(1).choice([-1, 1], size=(8, 8))
    states[3, 5] = 1
    xbar = sm.Crossbar(8, 8, device="ref-hir-20", states=states)
    pulse = sm.Write("V/2", row=3, col=5, volts=1.0, seconds=5e-9)
    for engine in ("ngspice", "nodal"):
        res = sm.write(xbar, pulse, engine=engine, seed=1)
        print(
            f"{engine:8s} selected cell {res.v_cell[3, 5]:.5f} V, P = {res.p_flip[3, 5]:.4f}, "
            f"flipped: {bool(res.flipped[3, 5])}, other cells flipped: {res.flipped.sum() - res.flipped[3, 5]}, "
            f"energy {res.energy * 1e15:.2f} fJ"
        )

    surrogate = sm.calibrate(
        device="ref-hir-20", cell="1R", sizes=[4, 8], volts=[0.3, 1.4], reads=8, writes=12, switching=4, workers=2
    )
    print("a surrogate calibrated on 24 circuits; on those that no fit has seen:")
    for name, value in surrogate.misfit.items():
        print(f"  {name:24s} {value:.3g}")
    res = sm.write(xbar, pulse, engine=surrogate, seed=1)
    print(f"surrogate: selected cell {res.v_cell[3, 5]:.5f} V, P = {res.p_flip[3, 5]:.4f}")
