"""What every answer of the API has, whichever it is."""

import re
from typing import Any

from httpx import Response

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_REQUEST_ID = re.compile(r"[\x20-\x7e]{1,128}")


def data_of(answer: Response, status: int = 200) -> Any:
    """The data of a success, after its envelope was found to be exactly what it should be."""
    body = checked(answer, status)
    assert body == {"success": True, "status": status, "data": body["data"]}
    return body["data"]


def refused(answer: Response, status: int, code: str, message: str) -> list[dict[str, str]]:
    """The details of a refusal, after its envelope was found to be exactly what it should be."""
    body = checked(answer, status)
    expected = {"success": False, "status": status, "errorCode": code, "message": message}
    assert body == expected | {"detailed": body["detailed"]}
    return body["detailed"]


def invalid(answer: Response) -> dict[str, str]:
    """The faulty fields of a request that does not fit, and what is wrong with each."""
    return {wrong["field"]: wrong["message"] for wrong in refused(answer, 400, "VALIDATION_ERROR", "Invalid input")}


def checked(answer: Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert _REQUEST_ID.fullmatch(answer.headers["x-request-id"])
    assert trace_of(answer)
    return answer.json()


def trace_of(answer: Response) -> str:
    assert len(answer.headers.get_list("x-trace-id")) == 1
    trace_id = answer.headers["x-trace-id"]
    assert _TRACE_ID.fullmatch(trace_id)
    return trace_id
