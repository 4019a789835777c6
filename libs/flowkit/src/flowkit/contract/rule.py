"""A rule for which msgspec has no word, stated where the type is: `Meta(extra=ruled(at_most_two_places))`."""

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from msgspec import inspect

type Rule = Callable[[Any], None]
"""Raises ValueError, whose message is what the sender is told.

A payload that is held to it calls the rule in its `__post_init__`; named at the type it is told of that very field.
"""

_NAME: Final = "rule"


def ruled(rule: Rule) -> dict[str, Rule]:
    return {_NAME: rule}


def broken(kind: Any, value: object) -> str | None:
    """What is wrong with a value that fits its type in all else."""
    for rule in _rules(inspect.type_info(kind)):
        try:
            rule(value)
        except ValueError as fault:
            return str(fault)
    return None


def _rules(told: inspect.Type) -> Iterator[Rule]:
    match told:
        case inspect.Metadata():
            extra = cast("dict[str, Rule]", cast("Any", told).extra or {})
            yield from (rule for name, rule in extra.items() if name == _NAME)
        case inspect.UnionType():
            for each in told.types:
                yield from _rules(each)
        case _:
            pass
