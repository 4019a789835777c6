"""An example of what a schema describes."""

from typing import Any, Final

from gateway_service.docs.asyncapi.part import Json

_MOMENT: Final = "2026-01-31T09:30:00Z"
_ID: Final = "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"
_LONG: Final = "a long enough one"
# By how the field's name ends: replies are not bounded, and their schemas say little of what is in them.
_KNOWN: Final = {
    "At": _MOMENT,
    "at": _MOMENT,
    "id": _ID,
    "Id": _ID,
    "email": "ada@example.org",
    "Address": "203.0.113.7",
}


def sample(schema: Json, components: Json, name: str = "") -> Any:
    match schema:
        case {"$ref": str(reference)}:
            return sample(components[reference.rpartition("/")[2]], components, name)
        case {"examples": [first, *_]} | {"enum": [first, *_]} | {"const": first}:
            return first
        case {"anyOf": [first, *_]}:
            return sample(first, components, name)
        case {"type": "object" | "array"}:
            return _nested(schema, components, name)
        case _:
            return _single(schema, name)


def _nested(schema: Json, components: Json, name: str) -> Any:
    if schema["type"] == "array":
        items: Json | list[Json] = schema["items"]
        return [sample(each, components, name) for each in (items if isinstance(items, list) else [items])]
    if fields := schema.get("properties"):
        return {field: sample(each, components, field) for field, each in fields.items()}
    more: Json | bool = schema.get("additionalProperties", False)
    return {} if isinstance(more, bool) else {"customer": sample(more, components)}


def _single(schema: Json, name: str) -> Any:
    match schema:
        case {"type": "integer" | "number"}:
            return schema.get("default", schema.get("minimum", 1))
        case {"type": "boolean"}:
            return schema.get("default", True)
        case _:
            known = next((example for ending, example in _KNOWN.items() if name.endswith(ending)), name or "text")
            return known if len(known) >= schema.get("minLength", 0) else _LONG
