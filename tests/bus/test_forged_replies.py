"""Replies asked for in another's inbox, or where others listen for news: what NATS lets by, the services do not."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from contracts import auth
from contracts.bus import PARTICIPANTS, callers
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import Contract, Participant
from flowkit.wire import headers

from tests.cluster import Running

from .wire import Wire, wired

OTHERS = tuple(each.name for each in PARTICIPANTS)
OWNERS = {contract.subject: each.name for each in PARTICIPANTS for contract in each.serves}
INTERNAL = {contract.subject for each in PARTICIPANTS for contract in each.serves if contract.access.is_internal}
NEWS = tuple({event.subject for each in PARTICIPANTS for event in each.tells})
# Longer than any flow asked with an empty request takes to refuse it.
QUIET_S = 0.5
ANSWERED_WITHIN_S = 30.0


@asynccontextmanager
async def everyone_listens(cluster: Running) -> AsyncGenerator[dict[str, Wire]]:
    """With the credentials of each, to its inbox and its news."""
    async with AsyncExitStack() as stack:
        wires = {name: await stack.enter_async_context(wired(cluster.nats_urls[name])) for name in OTHERS}
        for each in PARTICIPANTS:
            for subject in (f"{each.inbox_prefix}.forged.>", *(event.subject for event in each.hears)):
                await wires[each.name].listen(subject)
        yield wires


async def heard(wires: dict[str, Wire]) -> dict[str, list[tuple[str, bytes]]]:
    await asyncio.sleep(QUIET_S)
    for wire in wires.values():
        await wire.round_trip()
    return {name: wire.heard for name, wire in wires.items() if wire.heard}


def own_answers(asking: Wire) -> set[str]:
    return {subject for subject, _ in asking.heard if ".forged.own." in subject}


def foreign(who: Participant, contract: Contract[Any, Any]) -> list[str]:
    """Everything but its own inbox, its calls included: a reply that is a request of its own."""
    inboxes = [f"_INBOX_{name}.forged.{contract.subject}" for name in OTHERS if name != who.name]
    return [*inboxes, *NEWS, *(each.subject for each in who.calls), "$SRV.PING", "stray"]


def is_where_another_caller_listens(name: str, reply: str) -> bool:
    """The inbox of one who may ask the very same, who awaits nothing there: its tokens are random."""
    return name in callers(OWNERS[asked_for(reply)])[asked_for(reply)]


def is_internal(reply: str) -> bool:
    return asked_for(reply) in INTERNAL


def asked_for(reply: str) -> str:
    return reply.partition(".forged.")[2]


@pytest.mark.parametrize("who", PARTICIPANTS, ids=lambda who: who.name)
async def test_no_answer_goes_where_its_caller_does_not_listen(cluster: Running, who: Participant) -> None:
    asked = 0
    async with everyone_listens(cluster) as wires:
        asking = wires[who.name]
        for contract in who.calls:
            for reply in foreign(who, contract):
                assert await asking.may_publish(contract.subject, reply=reply)
                asked += 1
            own = f"{who.inbox_prefix}.forged.own.{contract.subject}"
            assert await asking.may_publish(contract.subject, reply=own)
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while len(own_answers(asking)) < len(who.calls):
                await asyncio.sleep(0.05)
                await asking.round_trip()
        told = await heard(wires)

    told.pop(who.name, None)
    assert asked >= len(who.calls) * len(OTHERS)
    strays = [(name, subject) for name, messages in told.items() for subject, _ in messages]
    assert [stray for stray in strays if not is_where_another_caller_listens(*stray)] == []
    # Of what is internal several may ask: until one has proven who it is, it is refused wherever one of them listens.
    answers = [json.loads(data) for messages in told.values() for subject, data in messages if is_internal(subject)]
    assert {answer["errorCode"] for answer in answers} <= {"UNAUTHORIZED"}


async def test_whoever_has_proven_to_be_one_service_is_not_answered_in_anothers_inbox(cluster: Running) -> None:
    customer = NatsBus(NatsOptions(cluster.nats_urls["customer"]))
    badge = await customer.request(auth.identities["customer"].subject, b"{}", within=20)
    shown = {headers.SERVICE: json.loads(badge.data)["data"]["token"]}
    subject = b'{"id":"0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e","email":"eve@example.org","role":"customer"}'

    async with everyone_listens(cluster) as wires:
        for name in ("admin", "gateway", "operator"):
            await customer.publish(auth.issue.subject, subject, reply=f"_INBOX_{name}.forged.token", headers=shown)
        issued = await customer.request(auth.issue.subject, subject, within=20, headers=shown)
        assert await heard(wires) == {}

    assert json.loads(issued.data)["success"], issued.data
    await customer.close()
