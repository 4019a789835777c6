"""All that the gateway shows of itself and of the bus behind it."""

from collections.abc import Iterable

from contracts.bus import PARTICIPANTS

from gateway_service.docs import document as openapi
from gateway_service.docs import swagger
from gateway_service.docs.asyncapi import document as asyncapi
from gateway_service.docs.asyncapi import page as bus
from gateway_service.http.page import Page
from gateway_service.routes import ROUTES


def pages(version: str) -> Iterable[Page]:
    yield from swagger.pages(openapi.document(ROUTES, version))
    yield from bus.pages(asyncapi.document(PARTICIPANTS, ROUTES, version))
