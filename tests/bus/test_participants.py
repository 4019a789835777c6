"""What is declared of the bus is what the services, the routes and the traces say."""

import importlib
import pkgutil
from collections import Counter
from typing import Any

import contracts
import pytest
from contracts import auth
from contracts.bus import PARTICIPANTS, callers
from flowkit.contract import Contract, Participant
from flowkit.contract.badge import identify
from flowkit.contract.health import health_of
from flowkit.contract.keys import public_keys
from gateway_service.routes import ROUTES

from tests.cluster import Running
from tests.integration.bus import connected
from tests.telemetry.matrix import MATRIX

BY_NAME = {each.name: each for each in PARTICIPANTS}
# What each has of auth for itself, beside whatever request needs it first.
KEYS = {public_keys.subject, *(contract.subject for contract in auth.identities.values())}
INTERNAL = [contract for each in PARTICIPANTS for contract in each.serves if contract.access.is_internal]
SERVICES = [each for each in PARTICIPANTS if each.serves]


def subjects(declared: tuple[Contract[Any, Any], ...]) -> set[str]:
    return {contract.subject for contract in declared}


def every_contract() -> set[str]:
    modules = [importlib.import_module(f"contracts.{each.name}") for each in pkgutil.iter_modules(contracts.__path__)]
    return {contract.subject for module in modules for contract in getattr(module, "ALL", ())}


def test_every_contract_has_its_one_place() -> None:
    places = Counter(contract.subject for each in PARTICIPANTS for contract in each.serves)

    assert [subject for subject, count in places.items() if count > 1] == []
    assert set(places) == every_contract() | {health_of(each.name).subject for each in SERVICES}


def test_nobody_asks_what_nobody_answers_nor_twice() -> None:
    served = {contract.subject for each in PARTICIPANTS for contract in each.serves}

    for each in PARTICIPANTS:
        assert subjects(each.calls) <= served
        assert len(subjects(each.calls)) == len(each.calls), each.name


@pytest.mark.parametrize("contract", INTERNAL, ids=lambda each: each.subject)
def test_what_is_internal_names_those_who_ask(contract: Contract[Any, Any]) -> None:
    server = next(each.name for each in PARTICIPANTS if contract in each.serves)

    assert callers(server)[contract.subject] == {*contract.access.services} - {server}


def test_each_can_prove_to_be_itself_and_nobody_else() -> None:
    for each in PARTICIPANTS:
        own = {identify(each.name).subject} if any(call.access.is_internal for call in each.calls) else set[str]()
        assert {call.subject for call in each.calls if call.subject.startswith("auth.identify.")} == own


def test_what_is_told_is_heard_and_what_is_heard_is_told() -> None:
    told = {event.subject for each in PARTICIPANTS for event in each.tells}
    heard = {event.subject for each in PARTICIPANTS for event in each.hears}

    assert told == heard


@pytest.mark.parametrize("participant", SERVICES, ids=lambda each: each.name)
async def test_a_service_answers_what_is_declared_and_no_more(cluster: Running, participant: Participant) -> None:
    async with connected(cluster.nats_url) as bus:
        told = (await bus.ask(f"$SRV.INFO.{participant.name}")).body["endpoints"]

    assert {endpoint["subject"] for endpoint in told} == subjects(participant.serves)
    assert {endpoint["queue_group"] for endpoint in told} == {participant.name}


def test_the_gateway_asks_what_its_routes_lead_to() -> None:
    routed = {route.contract.subject for route in ROUTES}
    of_its_own = {"api.v1.auth.validate", *(health_of(each.name).subject for each in SERVICES)}

    declared = subjects(BY_NAME["gateway"].calls) - KEYS
    assert declared == (routed | of_its_own) - {health_of("gateway").subject}


@pytest.mark.parametrize("service", MATRIX)
def test_a_service_asks_what_its_traces_show_and_the_keys(service: str) -> None:
    declared = subjects(BY_NAME[service].calls) - KEYS

    assert declared == set(MATRIX[service].calls)
