"""The root file started for real."""
