"""Tokens, keys, and who a caller is."""
