"""A setting's type in words a person can act on."""

from typing import Any, cast

from msgspec import inspect


def expected(kind: Any) -> str:
    return _words(inspect.type_info(kind))


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            said = cast("dict[str, Any]", kind.extra_json_schema or {}).get("description")
            words = said or _words(kind.type)
        case inspect.LiteralType(values=values):
            words = "one of: " + ", ".join(str(value) for value in values)
        case inspect.UnionType(types=types):
            words = " or ".join(_words(one) for one in types if not isinstance(one, inspect.NoneType))
        case inspect.IntType(ge=least, le=most):
            words = "an integer" + _range(least, most)
        case inspect.FloatType(ge=least, le=most):
            words = "a number" + _range(least, most)
        case inspect.BoolType():
            words = "true or false"
        case inspect.ListType() | inspect.VarTupleType() | inspect.FrozenSetType():
            words = f"a comma-separated list, each {_words(kind.item_type)}"
        case inspect.StrType(min_length=least, max_length=most):
            words = "text" + _length(least, most)
        case _:
            words = type(kind).__name__.removesuffix("Type").lower()
    return words


def _length(least: int | None, most: int | None) -> str:
    match least, most:
        case None, None:
            return ""
        case _, None:
            return f" of {least} or more characters"
        case _:
            return f" of {least or 0} to {most} characters"


def _range(least: float | None, most: float | None) -> str:
    match least, most:
        case None, None:
            return ""
        case None, _:
            return f" of at most {most}"
        case _, None:
            return f" of at least {least}"
        case _:
            return f" from {least} to {most}"
