"""Values that never show themselves."""

import hmac
import re
from typing import Final, final

REDACTED: Final = "[redacted]"
_USER_INFO = re.compile(r"//[^/@\s]*@")


@final
class Secret:
    """Text that neither `repr` nor `str` gives away; `reveal` is the one way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))


def without_user_info(text: str) -> str:
    """The text with the user and the password of any URL in it masked."""
    return _USER_INFO.sub(f"//{REDACTED}@", text)
