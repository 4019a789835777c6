"""Limits as they are for stories about something else: all of those come from one address, and would soon be over."""

from gateway_service.settings import Settings
from msgspec.structs import fields

_OF_THE_GATEWAY = [field.name.upper() for field in fields(Settings) if field.name.startswith("limit_")]

OUT_OF_THE_WAY = {
    "LATENCY_TOLERANCE": "0",
    "LOGIN_FAILURES_PER_ADDRESS": "100000",
    **dict.fromkeys(_OF_THE_GATEWAY, "1000000/second burst 1000000"),
}
