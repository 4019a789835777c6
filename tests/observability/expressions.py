"""Regular expressions as Go reads them: RE2's."""

from typing import Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs] - it has none


class Expression(Protocol):
    def search(self, text: str, /) -> object | None: ...

    def sub(self, replacement: str, text: str, /) -> str: ...


Unreadable = cast("type[Exception]", re2.error)  # pyright: ignore[reportUnknownMemberType] - untyped


def compiled(pattern: str) -> Expression:
    return cast("Expression", re2.compile(pattern))  # pyright: ignore[reportUnknownMemberType] - untyped
