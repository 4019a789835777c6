"""An answer as bytes: status, headers, and the envelope without its trace."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, cast

from contracts.auth import InvalidToken
from flowkit.contract import FlowError
from flowkit.wire import envelope
from flowkit.wire.envelope import Failure
from litestar.types import Receive, Scope, Send
from msgspec import UNSET, Raw

from gateway_service.http.refusals import HeadersTooLarge, MethodNotAllowed, PayloadTooLarge, Refusal

type Header = tuple[bytes, bytes]
type Told = FlowError | Refusal
"""What a client can be told about."""

JSON: Header = (b"content-type", b"application/json")
CLOSE: Header = (b"connection", b"close")
_CHALLENGE: Header = (b"www-authenticate", b"Bearer")
_BAD_TOKEN: Header = (b"www-authenticate", b'Bearer error="invalid_token"')
_RETRYABLE = frozenset((429, 503))
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: tuple[Header, ...] = (JSON,)

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, length]})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """Read from the file as its client takes it, so that one who does not holds little of our memory."""

    path: Path
    headers: tuple[Header, ...]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        length = (b"content-length", str(self.path.stat().st_size).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*self.headers, length]})
        await cast("Any", send)({"type": "http.response.pathsend", "path": str(self.path)})


def success(status: int, data: Raw) -> Answer:
    # The service encoded `data`, and it goes out as it is.
    return Answer(status, b'{"success":true,"status":%d,"data":%b}' % (status, data))


def error(told: Told) -> Answer:
    detailed = told.detailed if isinstance(told, FlowError) else ()
    data = told.data if isinstance(told, FlowError) and told.data is not None else UNSET
    failure = Failure(status=told.status, error_code=told.code, message=told.message, detailed=detailed, data=data)
    return Answer(told.status, envelope.encode(failure), (JSON, *_headers(told)))


def failure(answer: envelope.Answer) -> Answer:
    """A service's own failure, passed on without its trace."""
    told = Failure(
        status=answer.status,
        error_code=str(answer.error_code),
        message=answer.message,
        detailed=answer.detailed,
        data=answer.data or UNSET,
    )
    return Answer(answer.status, envelope.encode(told), (JSON, *_headers_of(answer.status, answer.retry_after)))


def _headers(told: Told) -> tuple[Header, ...]:
    match told:
        case InvalidToken():
            return (_BAD_TOKEN,)
        case MethodNotAllowed(allow=allow):
            return ((b"allow", allow.encode()),)
        case PayloadTooLarge() | HeadersTooLarge():
            return (CLOSE,)
        case FlowError(status=status, retry_after=retry_after):
            return _headers_of(status, retry_after)
        case _:
            return _headers_of(told.status)


def _headers_of(status: int, retry_after: float | None = None) -> tuple[Header, ...]:
    if status in _RETRYABLE:
        # Whole seconds, and never none: who comes back at once finds what it left.
        return ((b"retry-after", str(max(1, ceil(retry_after or 0))).encode()),)
    return (_CHALLENGE,) if status == _UNAUTHORIZED else ()
