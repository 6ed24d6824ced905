"""From measured switching probabilities to a device: a synthetic measurement is written to a CSV file, read back and fitted.

Run: python examples/05_fit.py
"""

import tempfile
from pathlib import Path

import numpy as np

from spicemtj.device.effective import effective
from spicemtj.device.fitting.fit import fit
from spicemtj.device.fitting.measured import read_csv

truth = effective(delta=45.0, vc0=0.40, tau0=1.2e-9, tmr=1.0, r_p=5e3)
rng = np.random.default_rng(1)
lines = ["volts,seconds,switched,trials,state"]
for seconds, lowest, highest in ((1e-9, 0.7, 1.8), (10e-9, 0.3, 0.6), (100e-9, 0.22, 0.36)):
    for volts in np.linspace(lowest, highest, 8):
        p = float(truth.switching_probability(volts, seconds, +1))
        lines.append(f"{volts:.4f},{seconds:g},{rng.binomial(1000, p)},1000,P")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "measured.csv"
    path.write_text("\n".join(lines) + "\n")
    found = fit(read_csv(path), torque="voltage", tmr=1.0, r_p=5e3)

print(f"measured on a device with Delta {truth.delta:.4g}, Vc0 {truth.ic0 * truth.r_p:.4g} V, tau0 {truth.tau_d * 1e9:.4g} ns")
print(found.text())

mtj = found.mtj  # an Mtj like any other: for a crossbar, a netlist, a training
print(f"retention at 0 V: {2 * float(mtj.mean_switching_time(0.0, +1)) / 3.156e7:.3g} years")
