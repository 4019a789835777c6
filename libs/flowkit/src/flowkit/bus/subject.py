"""Which subjects may travel, and which subjects a pattern takes."""

import re

_LONGEST = 1024
_PART = r"[^\s\x00-\x1f\x7f.*>]+"
_EXACT = re.compile(rf"{_PART}(?:\.{_PART})*")
_PATTERN = re.compile(rf"(?:(?:{_PART}|\*)\.)*(?:{_PART}|\*|>)")


def refuse_unless_exact(subject: str) -> None:
    """A space or a line break in a subject would write protocol of its own; an over-long one ends the connection."""
    if len(subject) > _LONGEST or not _EXACT.fullmatch(subject):
        raise ValueError(f"not a subject a message can be sent to: {subject[:100]!r}")


def refuse_unless_pattern(subject: str) -> None:
    if len(subject) > _LONGEST or not _PATTERN.fullmatch(subject):
        raise ValueError(f"not a subject that can be subscribed to: {subject[:100]!r}")


def matches(pattern: str, subject: str) -> bool:
    """`*` stands for one token, a last `>` for one or more."""
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(given) <= len(wanted):
            return False
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(want in ("*", token) for want, token in zip(wanted, given, strict=True))
