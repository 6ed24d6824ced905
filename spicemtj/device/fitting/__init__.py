"""From measured switching probabilities to the effective set of a junction."""
