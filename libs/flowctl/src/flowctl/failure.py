"""The end of a command that cannot do what it was asked."""


class Failure(Exception):
    """Told to the person in plain words, without a trace of the code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
