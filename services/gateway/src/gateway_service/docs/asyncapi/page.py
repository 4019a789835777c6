"""The document as a page: made once, whole, without a script."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any, Final

import msgspec

from gateway_service.docs.asyncapi.html import Html, prose, tag
from gateway_service.docs.asyncapi.part import Json
from gateway_service.docs.asyncapi.schema_tables import example, name_of, shown
from gateway_service.http.answer import JSON, Answer, Header
from gateway_service.http.page import Page

_PAGE: Final = "/api/asyncapi"
_STYLE: Final = f"{_PAGE}/style.css"
_POLICY: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
_HTML: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
</head>
{body}
</html>
"""


def pages(document: dict[str, Any]) -> Iterable[Page]:
    style = (files("gateway_service.docs.asyncapi") / "style.css").read_bytes()
    yield Page(f"{_PAGE}.json", Answer(200, msgspec.json.encode(document), (JSON,)))
    yield Page(_PAGE, _answer(written(document).encode(), b"text/html; charset=utf-8", _POLICY))
    yield Page(_STYLE, _answer(style, b"text/css"))


def _answer(body: bytes, kind: bytes, *headers: Header) -> Answer:
    return Answer(200, body, ((b"content-type", kind), *headers))


def written(document: Json) -> str:
    info = document["info"]
    title = f"{info['title']} {info['version']}"
    head = tag("header", tag("h1", title), tag("p", prose(info["description"])), tag("p", *_links()))
    body = tag("body", head, _contents(document), tag("main", *_chapters(document), *_schemas(document)))
    return _HTML.format(title=title, style=_STYLE, body=body.text)


def _links() -> Iterator[str | Html]:
    yield from (tag("a", "AsyncAPI 3", href=f"{_PAGE}.json"), " · ", tag("a", "the HTTP API", href="/api/docs"))


def _contents(document: Json) -> Html:
    chapters = (tag("li", tag("a", each["name"], href=f"#{each['name']}")) for each in document["info"]["tags"])
    return tag("nav", tag("ul", *chapters, tag("li", tag("a", "schemas", href="#schemas"))))


def _chapters(document: Json) -> Iterator[Html]:
    for each in document["info"]["tags"]:
        service = each["name"]
        mine = {name: told for name, told in document["operations"].items() if {"name": service} in told["tags"]}
        operations = (_operation(document, name, told) for name, told in mine.items())
        yield tag("section", tag("h2", service), *operations, id=service)


def _operation(document: Json, name: str, told: Json) -> Html:
    channel = document["channels"][name_of(told["channel"]["$ref"])]
    action = tag("b", told["action"], class_=told["action"])
    head = tag("summary", action, " ", tag("code", channel["address"]), " ", told.get("summary", told["title"]))
    parts = [tag("p", prose(told["description"]))] if "description" in told else []
    messages = (_message(document, name_of(each["$ref"])) for each in told["messages"])
    replies = (_message(document, name_of(each["$ref"])) for each in told.get("reply", {}).get("messages", ()))
    answered = [tag("h3", "Answered with"), *replies] if "reply" in told else []
    return tag("details", head, *parts, *messages, *answered, id=name)


def _message(document: Json, name: str) -> Html:
    told = document["components"]["messages"][name]
    inside = [tag("h4", "Payload"), shown(told["payload"])]
    if headers := told.get("headers"):
        inside += [tag("h4", "Headers"), shown(_resolved(document, headers))]
    inside += [tag("h4", "Example"), *(example(each["payload"]) for each in told["examples"])]
    return tag("details", tag("summary", tag("strong", told["title"]), " ", told.get("summary", "")), *inside)


def _resolved(document: Json, headers: Json) -> Json:
    """Headers where they are looked for, payloads by their names."""
    if "$ref" in headers:
        return document["components"]["schemas"][name_of(headers["$ref"])]
    if "allOf" not in headers:
        return headers
    return {"allOf": [_resolved(document, each) for each in headers["allOf"]]}


def _schemas(document: Json) -> Iterator[Html]:
    yield tag("h2", "schemas", id="schemas")
    for name, schema in sorted(document["components"]["schemas"].items()):
        about = [tag("p", prose(schema["description"]))] if "description" in schema else []
        yield tag("section", tag("h3", tag("code", name)), *about, shown(schema), id=f"schema-{name}")
