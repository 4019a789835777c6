"""The payloads in JSON Schema, and an example of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, cast

import msgspec
from msgspec import Struct

from gateway_service.docs.asyncapi.part import Json
from gateway_service.docs.asyncapi.sample import sample

_TEMPLATE = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Schemas:
    components: Json
    referred: dict[type[Struct], Json]

    @classmethod
    def made_of(cls, kinds: Iterable[type[Struct]]) -> Self:
        kinds = list(kinds)
        references, components = msgspec.json.schema_components(kinds, ref_template=_TEMPLATE)
        return cls(_readable(components), dict(zip(kinds, references, strict=True)))

    def of(self, kind: type[Struct]) -> Json:
        return self.referred[kind]

    def example(self, kind: type[Struct]) -> Any:
        return sample(self.of(kind), self.components)

    def about(self, kind: type[Struct]) -> str | None:
        """What its docstring says, where it has one of its own."""
        return self.components[str(self.of(kind)["$ref"]).rpartition("/")[2]].get("description")


def _readable(schema: Any) -> Any:
    """AsyncAPI reads JSON Schema as of draft 07, in which a fixed list of items is a list of schemas."""
    match schema:
        case dict():
            named = {name: _readable(each) for name, each in cast("Json", schema).items()}
            fixed = named.pop("prefixItems", None)
            return named | {"items": fixed, "additionalItems": False} if fixed else named
        case list():
            return [_readable(each) for each in cast("list[Any]", schema)]
        case _:
            return schema
