"""spicemtj: crossbars of magnetic tunnel junctions, in ngspice, in an exact nodal solver and in a calibrated Monte-Carlo model."""

__version__ = "0.1.0"
