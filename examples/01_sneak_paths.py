"""Sneak paths of a 1R array, measured in ngspice beside the closed form for floating lines.

Run: python examples/01_sneak_paths.py
"""

from spicemtj.sneak import measure

ideal = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}

print("Floating lines, no wires: the sneak current has a closed form.")
for read in measure([2, 4, 8, 16], ["floating"], engine="ngspice", **ideal):
    print(
        f"  {read.size:2d} x {read.size:<2d}  ngspice {read.sneak * 1e6:9.4f} uA   closed form {read.closed_form * 1e6:9.4f} uA"
        f"   apparent TMR {read.margin:6.1%}"
    )

print("The same reads with 1 ohm wires and 50 ohm drivers, unselected lines grounded: what is left is the wires'.")
for read in measure([2, 4, 8, 16], ["grounded"], engine="ngspice"):
    print(
        f"  {read.size:2d} x {read.size:<2d}  apparent TMR {read.margin:6.1%}   the far cell gets {read.v_far:.3f} of the volts"
    )
