"""The end of a command that cannot do what it was asked."""

from typing import Final

WRONGLY_ASKED: Final = 2
"""The exit code of a command that is to be typed otherwise; that of one that could not do it is 1."""


class Failure(Exception):
    """Told to the person in plain words, without a trace of the code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
