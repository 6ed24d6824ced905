"""How a junction switches: the exact law (Fokker-Planck), its table for all devices, and its form for a circuit.

`law` is what `Mtj` asks; `fokker_planck` the equation that all else answers to; `table` and `build` the universal law as splines;
`direct` the law of devices outside it; `quantile_fit` the law in the form that a circuit device evaluates; `closed_forms` what text
books have.
"""
