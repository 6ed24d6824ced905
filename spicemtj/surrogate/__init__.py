"""The fast Monte-Carlo model and its calibration."""
