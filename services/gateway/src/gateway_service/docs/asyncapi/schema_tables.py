"""A schema as a person reads it: a table of fields, or a word for what is no object."""

import json
from typing import Any, Final

from gateway_service.docs.asyncapi.html import Html, tag
from gateway_service.docs.asyncapi.part import Json

_BOUNDS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "to {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "default": "else {}",
    "format": "{}",
    "pattern": "as {}",
}


def name_of(reference: str) -> str:
    return reference.rpartition("/")[2]


def shown(schema: Json) -> Html:
    """Fields in a table; of several schemas that must all hold, one after the other."""
    if parts := schema.get("allOf"):
        return Html.of(*map(shown, parts))
    if not (fields := schema.get("properties")):
        return tag("p", _kind(schema))
    required = schema.get("required", [])
    rows = (_row(name, each, is_required=name in required) for name, each in fields.items())
    return tag("table", *rows)


def example(value: Any) -> Html:
    return tag("pre", json.dumps(value, indent=2, ensure_ascii=False))


def _row(name: str, schema: Json, *, is_required: bool) -> Html:
    bounds = [words.format(_written(schema[key])) for key, words in _BOUNDS.items() if key in schema]
    told = "; ".join([*([] if is_required else ["optional"]), *bounds])
    about = schema.get("description", "")
    return tag("tr", tag("th", tag("code", name)), tag("td", _kind(schema)), tag("td", *_words(about, told)))


def _words(about: str, told: str) -> list[str | Html]:
    return [f"{about} " if about else "", tag("small", told)] if told else [about]


def _kind(schema: Json) -> Html:
    if reference := schema.get("$ref"):
        return tag("a", name_of(reference), href=f"#schema-{name_of(reference)}")
    if kinds := schema.get("anyOf"):
        return _joined(kinds, " or ")
    if "const" in schema or "enum" in schema:
        return tag("code", " | ".join(map(_written, schema.get("enum", [schema.get("const")]))))
    items: Json | list[Json] = schema.get("items", [])
    return Html.of(schema.get("type", "anything")) if isinstance(items, list) else Html.of("list of ", _kind(items))


def _joined(kinds: list[Json], between: str) -> Html:
    first, *others = map(_kind, kinds)
    return Html.of(first, *(part for each in others for part in (between, each)))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
