"""Networks on arrays and their in-situ training."""
