"""One junction in two descriptions: the exact switching law and the stochastic LLG that it answers to."""

import numpy as np

import spicemtj as sm

mtj = sm.Mtj.preset("ref-pma-40")
trials = 4000
for state, volts in ((1, 0.45), (1, 0.7), (-1, -0.9)):
    seconds = 2.5e-9
    law = float(mtj.switching_probability(volts, seconds, state))
    found = sm.simulate_llg(mtj, volts, seconds, state, trials, seed=1)
    llg = float(np.mean(found.m[:, 2] * state < 0))
    sigma = np.sqrt(law * (1 - law) / trials)
    print(f"{volts:+.2f} V, {seconds * 1e9:.1f} ns: law {law:.4f}, LLG {llg:.4f}, {(llg - law) / sigma:+.1f} sigma")

print(f"retention {float(mtj.retention_time(1)) / 3.156e7:.3g} years")
print(f"disturbed by a million reads of 0.1 V, 5 ns: {float(mtj.disturb_probability(0.1, 5e-9, 1, pulses=1e6)):.2g}")
