"""What can go wrong with HTTP alone, beside the errors of contracts."""

from typing import ClassVar, Literal

type HttpErrorCode = Literal["METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "HEADERS_TOO_LARGE"]


class Refusal(Exception):
    """A request that HTTP itself forbids; the docstring of each kind is the message its client reads."""

    status: ClassVar[int]
    code: ClassVar[HttpErrorCode]

    @property
    def message(self) -> str:
        return str(type(self).__doc__)


class MethodNotAllowed(Refusal):
    """Method not allowed"""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, allow: str) -> None:
        self.allow = allow
        super().__init__(allow)


class PayloadTooLarge(Refusal):
    """The body is larger than 256 KiB"""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(Refusal):
    """The body must be application/json in UTF-8, not encoded"""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class HeadersTooLarge(Refusal):
    """The headers are larger than 32 KiB"""

    status = 431
    code = "HEADERS_TOO_LARGE"
