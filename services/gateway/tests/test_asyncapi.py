"""What is said of the bus is what the contracts say: all of it to its builders, nothing internal to anyone else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from contracts import customer
from contracts.bus import PARTICIPANTS
from flowkit.contract import Event
from flowkit.wire import headers
from gateway_service.docs.asyncapi.document import document
from gateway_service.routes import ROUTES

from .world import ADMIN, Script, World, a_customer, always, failing, token_of

COMMITTED = Path(__file__).parents[1] / "asyncapi.json"
HEADER_CONTRACT = (Path(__file__).parents[3] / "docs/header-contract.md").read_text()
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text())
WHOLE = document(PARTICIPANTS, ROUTES, DOCUMENT["info"]["version"], is_whole=True)
BOTH = pytest.mark.parametrize("told", [DOCUMENT, WHOLE], ids=["for anyone", "the whole"])
SERVED = [contract for who in PARTICIPANTS for contract in who.serves]
INTERNAL = [contract for contract in SERVED if not contract.access.is_routable]


def operations(told: dict[str, Any], action: str) -> dict[str, list[str]]:
    """By channel's address, who does it there."""
    by_address: dict[str, list[str]] = {}
    for each in told["operations"].values():
        if each["action"] == action:
            channel = told["channels"][each["channel"]["$ref"].rpartition("/")[2]]
            by_address.setdefault(channel["address"], []).append(each["tags"][0]["name"])
    return by_address


def address(event: Event[Any]) -> str:
    return f"{event.subject}.{{partition}}"


def fits(value: Any, schema: dict[str, Any], told: dict[str, Any]) -> None:
    jsonschema.validate(value, schema | {"components": told["components"]}, jsonschema.Draft7Validator)


def replies(told: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for reference in told["operations"][name]["reply"]["messages"]:
        yield told["components"]["messages"][reference["$ref"].rpartition("/")[2]]


def test_the_document_committed_is_the_one_the_contracts_make() -> None:
    made = document(PARTICIPANTS, ROUTES, DOCUMENT["info"]["version"])

    assert made == DOCUMENT, "make it anew: python -m gateway_service asyncapi > services/gateway/asyncapi.json"


@BOTH
def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"#/([^"]+)"', json.dumps(told))):
        found: Any = told
        for part in reference.split("/"):
            found = found[part]


def test_every_contract_is_told_of_and_who_answers_it() -> None:
    for told, contracts in ((DOCUMENT, [each for each in SERVED if each not in INTERNAL]), (WHOLE, SERVED)):
        taken = operations(told, "receive")

        for who in PARTICIPANTS:
            assert all(taken[each.subject] == [who.name] for each in who.serves if each in contracts)


def test_anyone_is_told_of_nothing_that_is_between_services() -> None:
    written = COMMITTED.read_text()

    assert len(INTERNAL) > 10
    assert [each.subject for each in INTERNAL if each.subject in written] == []
    for inner in ('"notice.', '"again.', '"dead.', "flow-service", "$JS", "NotPermitted"):
        assert inner not in written


@BOTH
def test_every_event_is_told_of_with_who_announces_it_and_who_acts_on_it(told: dict[str, Any]) -> None:
    announced, acted_on = operations(told, "send"), operations(told, "receive")

    events = {event for who in PARTICIPANTS for event in (*who.announces, *who.reacts_to)}
    assert customer.registered in events
    for event in events:
        assert announced[address(event)] == [who.name for who in PARTICIPANTS if event in who.announces]
        assert acted_on[address(event)] == [who.name for who in PARTICIPANTS if event in who.reacts_to]


def test_the_whole_tells_where_events_go_that_nobody_could_act_on() -> None:
    assert operations(WHOLE, "send")["dead.order.customer.registered.v1.{eventId}"] == ["order"]
    assert operations(WHOLE, "receive")["again.order.customer.registered.v1.{partition}"] == ["order"]


def test_the_whole_tells_of_every_notice() -> None:
    told, heard = operations(WHOLE, "send"), operations(WHOLE, "receive")

    for who in PARTICIPANTS:
        assert all(who.name in told[notice.subject] for notice in who.tells)
        assert all(who.name in heard[notice.subject] for notice in who.hears)


@BOTH
def test_every_message_is_shown_by_an_example_that_fits(told: dict[str, Any]) -> None:
    for name, message in told["components"]["messages"].items():
        assert message["examples"], name
        for example in message["examples"]:
            fits(example["payload"], message["payload"], told)
            if "headers" in example:
                fits(example["headers"], message["headers"], told)


def test_every_error_of_a_contract_is_a_reply_with_its_code_status_and_message() -> None:
    for contract in SERVED:
        shown = [each["examples"][0] for each in replies(WHOLE, contract.subject.removeprefix("api.v1."))]
        told = {(each["payload"].get("errorCode"), each["payload"].get("message")) for each in shown}

        assert {(kind.code, kind.default_message) for kind in contract.raises} <= told
        assert ("VALIDATION_ERROR", "Invalid input") in told
        assert all(each["payload"]["status"] == int(each["headers"][headers.SERVICE_ERROR_CODE]) for each in shown[1:])


def test_who_may_ask_is_told() -> None:
    assert "security" not in DOCUMENT["operations"]["customer.register"]
    assert DOCUMENT["operations"]["customer.get"]["security"] == [{"$ref": "#/components/securitySchemes/identity"}]
    assert {each["examples"][0]["payload"].get("message") for each in replies(DOCUMENT, "order.create")} >= {
        "Not authenticated",
        "Required role: customer",
    }


def named_in(section: str) -> set[str]:
    rows = HEADER_CONTRACT.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
    return {name for row in rows if row.startswith("| `") for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_headers_are_those_of_the_header_contract() -> None:
    schemas = WHOLE["components"]["schemas"]
    of_requests = {*schemas["CommandHeaders"]["properties"], *schemas["BetweenServicesHeaders"]["properties"]}

    assert named_in("On a request") == of_requests
    of_events, of_letters = {*schemas["EventHeaders"]["properties"]}, {*schemas["DeadLetterHeaders"]["properties"]}
    assert named_in("On an event") == of_events
    assert named_in("On a dead letter") == of_letters - of_events
    assert of_events - of_letters == {headers.MESSAGE_ID}


async def test_replies_are_as_told(world: World) -> None:
    asked = json.dumps({"id": ADMIN.id}).encode()
    carried = {headers.IDENTITY: token_of(ADMIN)}
    outcomes: dict[int, tuple[Script, dict[str, str]]] = {
        200: (always(a_customer()), carried),
        401: (always(a_customer()), {}),
        404: (failing(customer.NoSuchCustomer()), carried),
        500: (failing(ZeroDivisionError()), carried),
    }
    for status, (script, given) in outcomes.items():
        world.answer(customer.get, script)
        reply = await world.gateway_bus.request(customer.get.subject, asked, within=5, headers=given)

        (fitting,) = [each for each in replies(DOCUMENT, "customer.get") if is_as(each, reply.data, reply.headers)]
        assert str(status) in fitting["title"]


def is_as(message: dict[str, Any], data: bytes, carried: Any) -> bool:
    try:
        fits(json.loads(data), message["payload"], DOCUMENT)
        fits(dict(carried), message.get("headers", {"maxProperties": 0}), DOCUMENT)
    except jsonschema.ValidationError:
        return False
    return True


async def test_the_document_is_served(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/asyncapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["operations"] == DOCUMENT["operations"]


async def test_the_page_shows_everything_runs_nothing_and_loads_its_style_alone(http: httpx.AsyncClient) -> None:
    page = await http.get("/api/asyncapi")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; base-uri 'none'")
    (loaded,) = re.findall(r'<link[^>]* href="([^"]+)"', page.text)
    assert (await http.get(loaded)).headers["content-type"] == "text/css"
    assert not re.search(r"<script|<style|<img|style=| on\w+=|src=", page.text)
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= set(re.findall(r'id="([^"]+)"', page.text))
    for operation in DOCUMENT["operations"]:
        assert f'<details id="{operation}">' in page.text
