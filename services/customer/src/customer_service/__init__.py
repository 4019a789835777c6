"""The people the system serves."""
