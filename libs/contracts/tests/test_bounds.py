"""Whatever a service can be asked or told has its bounds: no text, list, number or mapping without an end."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, cast

import contracts
import msgspec
import pytest
from flowkit.contract import Contract, Event, Notice, Payload
from msgspec import Meta, Struct, UnsetType, inspect

# What can stand for any number of characters, once classes of characters and what is escaped are out of the way.
_WITHOUT_END = re.compile(r"[*+]|\{\d*,\}")
_ONE_CHARACTER = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]")


def declared() -> Iterator[tuple[str, type[Struct]]]:
    modules = [
        importlib.import_module(f"contracts.{module.name}") for module in pkgutil.iter_modules(contracts.__path__)
    ]
    values: list[Any] = [value for module in modules for value in vars(module).values()]
    tuples = chain.from_iterable(cast("tuple[Any]", value) for value in values if isinstance(value, tuple))
    for each in (*values, *tuples):
        if isinstance(each, Contract):
            yield each.subject, cast("Contract[Any, Any]", each).request
        elif isinstance(each, Event | Notice):
            yield each.subject, cast("Event[Any] | Notice[Any]", each).body


def endless(kind: Any, path: str = "") -> list[str]:
    """Where in a type something has no bound."""
    told = kind if isinstance(kind, inspect.Type) else inspect.type_info(kind)
    here = [path] if _is_endless(told) else []
    return here + [at for step, inner in _inside(told) for at in endless(inner, path + step)]


def _is_endless(told: inspect.Type) -> bool:
    match told:
        case inspect.StrType():
            return told.max_length is None and not _is_bounded(told.pattern)
        case inspect.IntType() | inspect.FloatType():
            return (told.ge is None and told.gt is None) or (told.le is None and told.lt is None)
        case inspect.CollectionType() | inspect.DictType() | inspect.BytesType():
            return told.max_length is None
        case _:
            return isinstance(told, inspect.AnyType | inspect.RawType)


def _inside(told: inspect.Type) -> list[tuple[str, inspect.Type]]:
    match told:
        case inspect.StructType():
            return [(f".{field.encode_name}", field.type) for field in told.fields]
        case inspect.UnionType():
            return [("", each) for each in told.types]
        case inspect.CollectionType():
            return [("[]", told.item_type)]
        case inspect.TupleType():
            return [("[]", each) for each in told.item_types]
        case inspect.DictType():
            return [("{}", told.value_type)]
        case _:
            return [("", told.type)] if isinstance(told, inspect.Metadata) else []


def _is_bounded(pattern: str | None) -> bool:
    return pattern is not None and not _WITHOUT_END.search(_ONE_CHARACTER.sub("x", pattern))


ALL = dict(declared())


def test_there_is_something_to_hold_to_it() -> None:
    assert {
        "api.v1.admin.login",
        "api.v1.customer.update",
        "api.v1.auth.validate",
        "notice.gateway.spent",
    } <= ALL.keys()


@pytest.mark.parametrize("subject", ALL)
def test_everything_asked_or_told_has_its_bounds(subject: str) -> None:
    assert endless(ALL[subject]) == []


class _Loose(Payload):
    text: str
    shaped: Annotated[str, Meta(pattern=r"^[a-z]+$")]
    short: Annotated[str, Meta(max_length=3)] | UnsetType = msgspec.UNSET
    framed: Annotated[str, Meta(pattern=r"^[0-9+]{1,9}\+$")]
    number: int
    from_one: Annotated[int, Meta(ge=1)]
    items: list[Annotated[str, Meta(max_length=3)]]
    nested: Annotated[tuple[str, ...], Meta(max_length=3)]
    anything: Any


def test_what_has_none_would_be_found() -> None:
    assert endless(_Loose) == [".text", ".shaped", ".number", ".fromOne", ".items", ".nested[]", ".anything"]
