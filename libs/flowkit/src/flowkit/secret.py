"""Secrets: what a value that is one never does, and how one is known by its name."""

import hmac
from typing import Any, Final, NoReturn, Self, final

REDACTED: Final = "[redacted]"
_TELLING = ("passw", "secret", "token", "authorization", "identity", "cookie", "credential", "apikey", "privatekey")


class Exposed(TypeError):
    """A secret is not copied into anything that is written down; whoever means to calls reveal()"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@final
class Secret:
    """Text that printing, formatting, logging, pickling or encoding does not give away; `reveal` is the one way."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    def __format__(self, _: str) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        # In the same time wherever they differ; `surrogatepass` since a secret may be any text.
        return isinstance(other, Secret) and hmac.compare_digest(_bytes(self._text), _bytes(other._text))

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    # What is copied within the process stays the same secret: `dataclasses.asdict` copies.
    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> NoReturn:
        raise Exposed

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise Exposed


def names_a_secret(name: str) -> bool:
    """Whether what goes by this name must not be told."""
    plain = name.lower().replace("-", "").replace("_", "")
    return any(fragment in plain for fragment in _TELLING)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
