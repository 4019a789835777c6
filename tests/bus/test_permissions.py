"""Each user of the bus against every subject, on a real server with the users as they are deployed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from contracts.bus import PARTICIPANTS
from flowkit.bus.users import SYSTEM, render
from flowkit.contract import Participant
from flowkit.servers import NatsServer

from . import declared
from .wire import Refused, Wire, wired

USERS = (Path(__file__).parents[2] / "deploy/nats/users.conf").read_text()


@pytest.fixture(scope="module")
async def guarded() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary(USERS) as server:
        yield server


type Cell = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    wanted: dict[Cell, bool]
    may: dict[Cell, bool]

    @property
    def extra(self) -> list[Cell]:
        return [cell for cell in self.wanted if self.may[cell] and not self.wanted[cell]]

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.wanted if self.wanted[cell] and not self.may[cell]]


async def judged(url: str, who: Participant) -> Judged:
    wanted: dict[Cell, bool] = {
        ("publish", subject, ""): declared.may_publish(who, subject) for subject in declared.EXACT
    }
    for group in ("", *declared.GROUPS):
        for pattern in declared.PATTERNS:
            wanted["subscribe", pattern, group] = declared.may_subscribe(who, pattern, group)
    async with wired(url) as wire:
        return Judged(wanted, {cell: await _may(wire, *cell) for cell in wanted})


async def _may(wire: Wire, what: str, subject: str, group: str) -> bool:
    return await (wire.may_publish(subject) if what == "publish" else wire.may_subscribe(subject, group))


@pytest.mark.parametrize("who", PARTICIPANTS, ids=lambda who: who.name)
async def test_a_user_may_do_what_is_declared_and_nothing_else(
    guarded: NatsServer, who: Participant, tell: Callable[[str], None]
) -> None:
    seen = await judged(guarded.url_of(who.name), who)

    allowed = sum(seen.wanted.values())
    tell(f"{len(seen.wanted)} tried, {allowed} allowed; extra {len(seen.extra)}, missing {len(seen.missing)}")
    assert (seen.extra, seen.missing) == ([], [])
    assert 0 < allowed < len(seen.wanted) / 5


async def test_whoever_may_more_or_less_than_is_declared_would_be_found() -> None:
    customer = next(each for each in PARTICIPANTS if each.name == "customer")
    publishes = (*customer.publishes, "$JS.API.INFO", "event.order.created.v1.*")
    subscribes = (*customer.subscribes, "notice.>")
    other = replace(customer, serves=customer.serves[1:], publishes=publishes, subscribes=subscribes)

    async with NatsServer.temporary(render([other if each is customer else each for each in PARTICIPANTS])) as server:
        seen = await judged(server.url_of("customer"), customer)

    assert {("publish", "$JS.API.INFO", ""), ("publish", "event.order.created.v1.3", "")} <= set(seen.extra)
    assert {("subscribe", "notice.>", ""), ("subscribe", "notice.*.*", "strangers")} <= set(seen.extra)
    assert seen.missing == [("subscribe", customer.serves[0].subject, "customer")]


async def test_who_looks_after_the_server_sees_the_server_and_nothing_of_what_is_said(guarded: NatsServer) -> None:
    async with wired(guarded.url_of(SYSTEM)) as system, wired(guarded.url_of("gateway")) as gateway:
        await system.listen(">")
        assert await gateway.may_publish("api.v1.auth.validate", data=b"a secret")
        await gateway.round_trip()
        await system.may_publish("$SYS.REQ.SERVER.PING", reply="reply.here")
        async with asyncio.timeout(20):
            while not any(subject == "reply.here" for subject, _ in system.heard):
                await system.round_trip()

    assert not [data for subject, data in system.heard if b"a secret" in data or subject.startswith("api.")]


@pytest.mark.parametrize("user", ["", "gateway:wrong@", "gateway:@", "nobody:secret@", "gateway@"])
async def test_whoever_does_not_prove_to_be_a_user_is_not_let_in(guarded: NatsServer, user: str) -> None:
    place = guarded.url.removeprefix("nats://")

    with pytest.raises(Refused, match="Authorization Violation"):
        async with wired(f"nats://{user}{place}"):
            pass


async def test_one_users_password_is_not_anothers(guarded: NatsServer) -> None:
    passwords = {name: urlsplit(guarded.url_of(name)).password for name in (*declared.NAMES, SYSTEM)}

    assert len(set(passwords.values())) == len(passwords)
    for name in declared.NAMES:
        with pytest.raises(Refused):
            async with wired(f"nats://{name}:{passwords[SYSTEM]}@127.0.0.1:{guarded.port}"):
                pass
