"""A route's payload: from the query, from the body, and from the path."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from flowkit.wire.deadline import Deadline
from flowkit.wire.decoding import PayloadDecoder, convert
from litestar.types import Receive
from msgspec import Struct

from gateway_service.http import body
from gateway_service.http.arrival import Arrival
from gateway_service.http.body import wrong
from gateway_service.http.route import Route

_MOST_PARAMETERS = 100


class Reading(Protocol):
    async def __call__(
        self, arrival: Arrival, receive: Receive, deadline: Deadline, path: Mapping[str, str], /
    ) -> Struct:
        """The payload a request makes with the values in its path; raises Invalid or a Refusal."""
        ...


def reading_of(route: Route) -> Reading:
    payload = route.contract.request
    if not route.takes_body:
        return _from_query(payload)
    return _from_body_and_path(payload) if route.parameters else _from_body(payload)


def _from_query(payload: type[Struct]) -> Reading:
    async def read(arrival: Arrival, _: Receive, __: Deadline, path: Mapping[str, str]) -> Struct:
        if arrival.has_body:
            raise wrong("", "A body is not expected")
        return convert(payload, _joined(_query(arrival.query), path), strict=False)

    return read


def _from_body(payload: type[Struct]) -> Reading:
    decoder = PayloadDecoder(payload)

    async def read(arrival: Arrival, receive: Receive, deadline: Deadline, _: Mapping[str, str]) -> Struct:
        _refuse_query(arrival)
        data = await body.read(arrival, receive, deadline)
        decoded = decoder.decode(data)
        body.refuse_ambiguity(data)
        return decoded

    return read


def _from_body_and_path(payload: type[Struct]) -> Reading:
    async def read(arrival: Arrival, receive: Receive, deadline: Deadline, path: Mapping[str, str]) -> Struct:
        _refuse_query(arrival)
        data = await body.read(arrival, receive, deadline)
        decoded = convert(payload, _joined(body.fields(data), path))
        body.refuse_ambiguity(data)
        return decoded

    return read


def _query(query: bytes) -> dict[str, str]:
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as fault:
        raise wrong("", "The query cannot be read") from fault
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            raise wrong(name, "Given twice")
        if "\0" in value:
            raise wrong(name, "The character NUL is not allowed")
        given[name] = value
    return given


def _joined(given: Mapping[str, Any], path: Mapping[str, str]) -> Mapping[str, Any]:
    if not path:
        return given
    if twice := path.keys() & given.keys():
        raise wrong(min(twice), "Unknown field")
    return {**given, **path}


def _refuse_query(arrival: Arrival) -> None:
    if arrival.query:
        raise wrong("", "A query is not expected")
