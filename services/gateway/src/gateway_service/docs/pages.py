"""All that the gateway shows of itself and of the bus behind it."""

from functools import cache

from contracts.bus import PARTICIPANTS

from gateway_service.docs import document as openapi
from gateway_service.docs import swagger
from gateway_service.docs.asyncapi import document as asyncapi
from gateway_service.docs.asyncapi import page as bus
from gateway_service.http.page import Page
from gateway_service.routes import ROUTES


# What it is made of never changes, and to write it takes longer than to build all the rest of a gateway.
@cache
def pages(version: str) -> tuple[Page, ...]:
    of_the_edge = swagger.pages(openapi.document(ROUTES, version))
    return (*of_the_edge, *bus.pages(asyncapi.document(PARTICIPANTS, ROUTES, version)))
