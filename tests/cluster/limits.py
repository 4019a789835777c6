"""Limits as they are for stories about something else: all of those come from one address, and would soon be over."""

OUT_OF_THE_WAY = {"LOGIN_FAILURES_PER_ADDRESS": "100000"}
