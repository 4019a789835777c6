"""The closed set of what can go wrong. A contract's own errors are subclasses; their docstring is their message."""

from typing import ClassVar, Literal

from msgspec import Struct

ErrorCode = Literal[
    "VALIDATION_ERROR",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "TOO_MANY_REQUESTS",
    "INTERNAL_ERROR",
    "BAD_GATEWAY",
    "SERVICE_UNAVAILABLE",
    "TIMEOUT",
]

STATUS: dict[ErrorCode, int] = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "BAD_GATEWAY": 502,
    "SERVICE_UNAVAILABLE": 503,
    "TIMEOUT": 504,
}


class Wrong(Struct, frozen=True):
    """One faulty field of a request."""

    field: str
    message: str


class FlowError(Exception):
    """Something a caller can be told about: an error code, a message, which fields are to blame, when to come again."""

    code: ClassVar[ErrorCode]
    default_message: ClassVar[str]
    turned_away: ClassVar[bool] = False
    """Whether it was refused at once, at the door, by someone who is well."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__doc__ is None:
            raise TypeError(f"{cls.__qualname__} needs a docstring: it is the message its callers read")
        cls.default_message = cls.__doc__

    def __init__(
        self,
        message: str | None = None,
        *,
        detailed: tuple[Wrong, ...] = (),
        data: Struct | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = self.default_message if message is None else message
        self.detailed = detailed
        self.data = data
        self.retry_after = retry_after
        self.is_final = False
        """Set where it comes from a call further down, which has been tried again as often as it may be."""
        super().__init__(self.message)

    @property
    def status(self) -> int:
        return STATUS[self.code]


class Invalid(FlowError):
    """Invalid input"""

    code = "VALIDATION_ERROR"


class Unauthorized(FlowError):
    """Not authenticated"""

    code = "UNAUTHORIZED"


class Forbidden(FlowError):
    """Insufficient permissions"""

    code = "FORBIDDEN"


class NotFound(FlowError):
    """Not found"""

    code = "NOT_FOUND"


class Conflict(FlowError):
    """Conflict"""

    code = "CONFLICT"


class TooManyRequests(FlowError):
    """Too many requests"""

    code = "TOO_MANY_REQUESTS"


class Fault(FlowError):
    """Unexpected error"""

    code = "INTERNAL_ERROR"


class BadGateway(FlowError):
    """The answer could not be read"""

    code = "BAD_GATEWAY"


class Unavailable(FlowError):
    """Service unavailable"""

    code = "SERVICE_UNAVAILABLE"


class Crowded(Unavailable):
    """Service unavailable"""

    # No connection of a pool came free in time: whoever is at its other end may be well.


class Overloaded(Unavailable):
    """Service unavailable"""

    turned_away = True


class CircuitOpen(Unavailable):
    """Service unavailable"""

    turned_away = True


class TimedOut(FlowError):
    """No answer in time"""

    code = "TIMEOUT"
