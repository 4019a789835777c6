"""The payloads and replies of the routes, in JSON Schema."""

from collections.abc import Iterable
from typing import Any

import msgspec
from flowkit.idempotency import Key
from msgspec import Struct

from gateway_service.http.route import Route

type Schema = dict[str, Any]

_TEMPLATE = "#/components/schemas/{name}"
_KEY: Schema = {
    "name": Key.HEADER,
    "in": "header",
    "required": False,
    "description": "Chosen by the client, new for each thing it wants done: asked again under the same key within 24 "
    "hours, the request is not carried out again, and its first answer is given again.",
    "schema": {"type": "string", "pattern": Key.SHAPE},
    "example": "7f0c1e0a-5d0b-4a55-9f5e-2f9b4f1d3c61",
}


def schemas_of(routes: Iterable[Route]) -> tuple[dict[type[Struct], Schema], dict[str, Schema]]:
    """A reference to the schema of each body and each reply, and the schemas they refer to."""
    routes = tuple(routes)
    bodies = [route.contract.request for route in routes if route.takes_body]
    kinds = list(dict.fromkeys((*bodies, *(route.contract.reply for route in routes))))
    references, components = msgspec.json.schema_components(kinds, ref_template=_TEMPLATE)
    referred = dict(zip(kinds, references, strict=True))
    for route in routes:
        if route.takes_body:
            _narrow(components[_name(referred[route.contract.request])], route)
    return referred, components


def parameters_of(route: Route) -> list[Schema]:
    """What stands in the path, for a route without a body what may stand in the query; and the key where one counts."""
    (_,), components = msgspec.json.schema_components([route.contract.request], ref_template=_TEMPLATE)
    payload = components[route.contract.request.__name__]
    named = {name: schema for name, schema in payload["properties"].items() if _is_parameter(route, name)}
    told = [_parameter(route, name, schema, required=name in payload["required"]) for name, schema in named.items()]
    return [*told, _KEY] if route.takes_key else told


def has_required_fields(route: Route) -> bool:
    """Whether the body has to be there, too: whoever names a record says what is to become of it."""
    return bool(route.parameters) or any(field.required for field in msgspec.structs.fields(route.contract.request))


def _is_parameter(route: Route, name: str) -> bool:
    return name in route.parameters or not route.takes_body


def _parameter(route: Route, name: str, schema: Schema, *, required: bool) -> Schema:
    place = "path" if name in route.parameters else "query"
    told = {key: value for key, value in schema.items() if key != "description"}
    described = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": place, "required": required, **described, "schema": told}


def _narrow(body: Schema, route: Route) -> None:
    """What the path says the body does not, and NUL is refused in any text."""
    for name in route.parameters:
        body["properties"].pop(name, None)
    body["required"] = [name for name in body["required"] if name not in route.parameters]
    for schema in body["properties"].values():
        if schema.get("type") == "string" and not {"pattern", "enum", "format"} & schema.keys():
            schema["pattern"] = r"^[^\x00]*$"


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
