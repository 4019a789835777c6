"""What the server says no with: its numbers, its words."""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Refused(Exception):
    code: int
    err_code: int
    description: str

    @property
    def told(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "err_code": self.err_code, "description": self.description}}


class NobodyListens(Exception):
    """The server has no ear on that subject, since there is no such consumer or stream."""


def no_stream() -> Refused:
    return Refused(404, 10059, "stream not found")


def no_consumer() -> Refused:
    return Refused(404, 10014, "consumer not found")


def cannot_change(what: str) -> Refused:
    return Refused(500, 10052, f"stream configuration update can not {what}")


def cannot_update(what: str) -> Refused:
    return Refused(500, 10012, f"{what} can not be updated")


def full(what: str) -> Refused:
    return Refused(503, 10077, f"maximum {what} exceeded")


def headers_too_large() -> Refused:
    return Refused(400, 10097, "header size exceeds maximum allowed of 64k")


def no_message() -> Refused:
    return Refused(404, 10037, "no message found")


def not_purged() -> Refused:
    return Refused(500, 10110, "stream purge not permitted")


def not_deleted(why: str) -> Refused:
    return Refused(500, 10057, why)
