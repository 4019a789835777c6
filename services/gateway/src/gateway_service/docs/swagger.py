"""The docs page: Swagger UI, served from the package it comes in."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from gateway_service.http.answer import JSON, Answer, FileAnswer, Header
from gateway_service.http.page import Page

_PAGE = "/api/docs"
_DOCUMENT = "/api/openapi.json"
_KEPT: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_SERVED = {
    "swagger-ui.css": b"text/css",
    "swagger-ui-bundle.js": b"text/javascript",
    "favicon-32x32.png": b"image/png",
}
# Nothing is loaded from elsewhere, nothing runs that stands in the page itself.
_POLICY: Header = (
    b"content-security-policy",
    b"; ".join(
        (
            b"default-src 'none'",
            b"script-src 'self'",
            b"style-src 'self'",
            b"img-src 'self' data:",
            b"connect-src 'self'",
            b"base-uri 'none'",
            b"form-action 'none'",
            b"frame-ancestors 'none'",
        )
    ),
)
_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flow gateway</title>
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="icon" href="{assets}/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
"""


def pages(document: dict[str, Any]) -> Iterable[Page]:
    (bundle,) = (files("swagger_ui_bundle") / "vendor").iterdir()
    # The bundle's version is in the path, so what browsers keep for a year never goes stale.
    assets = f"{_PAGE}/{bundle.name}"
    yield Page(_DOCUMENT, Answer(200, msgspec.json.encode(document), (JSON,)))
    yield Page(_PAGE, _answer(_HTML.format(assets=assets).encode(), b"text/html; charset=utf-8", _POLICY))
    yield Page(f"{_PAGE}/start.js", _answer(_START.encode(), b"text/javascript"))
    for name, kind in _SERVED.items():
        headers = ((b"content-type", kind), _KEPT)
        yield Page(f"{assets}/{name}", FileAnswer(Path(str(bundle / name)), headers))


def _answer(body: bytes, kind: bytes, *headers: Header) -> Answer:
    return Answer(200, body, ((b"content-type", kind), *headers))
