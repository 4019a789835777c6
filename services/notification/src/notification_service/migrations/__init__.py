"""From an empty database to what tables.py says."""
