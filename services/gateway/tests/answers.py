"""What tests say of an answer."""

from collections.abc import Mapping
from typing import Any

import httpx

SIGNED_IN = {"token": "a token", "refreshToken": "flr_a", "expiresIn": 900}


def refused(answer: httpx.Response, status: int, code: str, message: str) -> list[Mapping[str, Any]]:
    """It is this error and nothing else, in the envelope; what it says in detail."""
    told = answer.json()
    detailed = told.pop("detailed")
    assert told == {"success": False, "status": status, "errorCode": code, "message": message}
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.headers["x-trace-id"]) == 32
    return detailed


def invalid(answer: httpx.Response) -> list[Mapping[str, Any]]:
    return refused(answer, 400, "VALIDATION_ERROR", "Invalid input")


def data_of(answer: httpx.Response, status: int = 200) -> Any:
    told = answer.json()
    assert (answer.status_code, told["success"], told["status"]) == (status, True, status), told
    assert told.keys() == {"success", "status", "data"}
    return told["data"]
