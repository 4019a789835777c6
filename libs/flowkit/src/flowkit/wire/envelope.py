"""The one shape of every answer."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from flowkit.contract.errors import STATUS, ErrorCode, FlowError, Wrong


class Success(Struct, frozen=True, kw_only=True):
    success: bool = True
    status: int
    data: Any
    trace: Sequence[str] | UnsetType = UNSET


class Failure(Struct, frozen=True, kw_only=True, rename="camel"):
    success: bool = False
    status: int
    error_code: str
    message: str
    detailed: Sequence[Wrong] = ()
    data: Any = UNSET
    trace: Sequence[str] | UnsetType = UNSET
    retry_after_ms: int | UnsetType = UNSET
    turned_away: bool | UnsetType = UNSET
    final: bool | UnsetType = UNSET


class Answer(Struct, frozen=True, kw_only=True, rename="camel"):
    """Either of the two as a caller reads it, its data not yet decoded."""

    success: bool
    status: int
    data: Raw = msgspec.field(default_factory=Raw)
    error_code: ErrorCode | UnsetType = UNSET
    message: str = ""
    detailed: list[Wrong] = []
    trace: list[str] = []
    retry_after_ms: int | None = None
    turned_away: bool = False
    final: bool = False

    def __post_init__(self) -> None:
        if self.success != (self.error_code is UNSET):
            raise ValueError("an answer either succeeds or names its error")
        if self.error_code is not UNSET and STATUS[self.error_code] != self.status:
            raise ValueError("the status is not the error code's")

    @property
    def retry_after(self) -> float | None:
        """In how many seconds to ask again, where whoever answered says so."""
        return None if self.retry_after_ms is None else max(0, self.retry_after_ms) / 1000


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Answer)


def encode(envelope: Success | Failure) -> bytes:
    return _encoder.encode(envelope)


def decode(data: bytes) -> Answer:
    return _decoder.decode(data)


def failure(error: FlowError, trace: Sequence[str] | UnsetType = UNSET) -> Failure:
    return Failure(
        status=error.status,
        error_code=error.code,
        message=error.message,
        detailed=error.detailed,
        data=UNSET if error.data is None else error.data,
        trace=trace,
        retry_after_ms=UNSET if error.retry_after is None else ceil(error.retry_after * 1000),
        turned_away=error.turned_away or UNSET,
        final=error.is_final or UNSET,
    )
