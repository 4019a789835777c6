"""HTML in which nothing can be forgotten to be escaped."""

from dataclasses import dataclass
from html import escape
from typing import Self


@dataclass(frozen=True, slots=True)
class Html:
    """Made of elements alone; text gets in by way of them, escaped."""

    text: str

    @classmethod
    def of(cls, *inside: "str | Html") -> Self:
        return cls("".join(each.text if isinstance(each, Html) else escape(each) for each in inside))


def tag(name: str, *inside: str | Html, **attributes: str) -> Html:
    """`class_` is `class`, which Python keeps for itself."""
    told = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{told}>{Html.of(*inside).text}</{name}>")


def prose(words: str) -> Html:
    """What stands between backticks is code."""
    parts = words.split("`")
    return Html.of(*(tag("code", each) if place % 2 else each for place, each in enumerate(parts)))
