"""Limits as they are for stories about something else: all of those come from one address, and would soon be over."""

from gateway_service.settings import Settings
from msgspec.structs import fields

_OF_THE_GATEWAY = [field.name.upper() for field in fields(Settings) if field.name.startswith("limit_")]

# What a request may take where a story is not about that: on a busy machine a password alone takes seconds.
BUDGET_S = 8.0
PATIENT = {"REQUEST_TIMEOUT_MS": str(round(BUDGET_S * 1000))}
OUT_OF_THE_WAY = {
    "LATENCY_TOLERANCE": "0",
    "LOGIN_FAILURES_PER_ADDRESS": "100000",
    **dict.fromkeys(_OF_THE_GATEWAY, "1000000/second burst 1000000"),
}
