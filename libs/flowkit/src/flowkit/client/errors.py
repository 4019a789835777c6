"""Faults of the bus and failures in an answer, as the exceptions a caller sees."""

from typing import Any

from msgspec import UNSET

from flowkit.bus import BusError, Denied, PayloadTooLarge, ReplyLate
from flowkit.contract import (
    BadGateway,
    Conflict,
    Contract,
    ErrorCode,
    Fault,
    FlowError,
    Forbidden,
    Invalid,
    NotFound,
    Overloaded,
    ServiceNotPermitted,
    ServiceUnknown,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from flowkit.telemetry.spans import SERVER_FAULTS
from flowkit.wire.envelope import Answer

_GENERIC: dict[ErrorCode, type[FlowError]] = {
    kind.code: kind
    for kind in (
        Invalid,
        Unauthorized,
        Forbidden,
        NotFound,
        Conflict,
        TooManyRequests,
        Fault,
        BadGateway,
        Unavailable,
        TimedOut,
    )
}

_OF_THE_SERVICE = (ServiceUnknown.default_message, ServiceNotPermitted.default_message)


def of_bus(fault: BusError) -> FlowError:
    if isinstance(fault, ReplyLate):
        return TimedOut()
    if isinstance(fault, Denied):
        # Asking again would not help: who may ask whom is at fault.
        return Fault()
    if isinstance(fault, PayloadTooLarge):
        return Invalid("The request is too large to be carried")
    return Unavailable()


def is_about_the_service(answer: Answer) -> bool:
    """Whether it refuses the service that asks, whoever it asks for."""
    return answer.error_code is not UNSET and answer.message in _OF_THE_SERVICE


def of_answer(contract: Contract[Any, Any], answer: Answer) -> FlowError:
    """The contract's own error where code and message tell which; else the plain one of that code."""
    if answer.error_code is UNSET:
        raise ValueError("a success is no error")
    own = [kind for kind in contract.raises if kind.code == answer.error_code]
    named = [kind for kind in own if kind.default_message == answer.message]
    kind = (named or own or [_GENERIC[answer.error_code]])[0]
    if answer.turned_away and kind is Unavailable:
        kind = Overloaded
    error = kind(answer.message, detailed=tuple(answer.detailed), retry_after=answer.retry_after)
    error.is_final = error.code in SERVER_FAULTS
    return error
