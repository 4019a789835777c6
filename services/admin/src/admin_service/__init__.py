"""The people who run the system."""
