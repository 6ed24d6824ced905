"""The device as text: renderings of equations.py for each target (they need sympy), and cards of a netlist (they do not)."""

from .cards import Behavioural, Compiled, subcircuit
from .user import UserModel

__all__ = ["Behavioural", "Cards", "Compiled", "UserModel", "subcircuit"]

Cards = Behavioural | Compiled | UserModel
