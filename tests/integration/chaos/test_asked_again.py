"""kill -9 while registrations run, each under a key of its own and asked again until it is answered for good."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none; what is used of it is typed below
import msgspec
import pytest
from flowkit.servers.databases import Connect
from httpx import AsyncClient, HTTPError

from tests.cluster.people import a_newcomer

from .system import System

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

SEED = 4
CLIENTS = 12
KILLS = 12
MET_EVERY_S = (0.1, 0.6)
AGAIN_AFTER_S = 0.1
WELL_WITHIN_S = 20.0
REGISTER = "/api/v1/customer/register"


@dataclass(slots=True)
class Registrations:
    """By email: under which key, and which id it was answered; `unsure` counts the answers that were none."""

    http: AsyncClient
    keys: dict[str, str] = field(default_factory=dict[str, str])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    unsure: int = 0
    enough: bool = False

    async def keep_coming(self) -> None:
        while not self.enough:
            newcomer = a_newcomer()
            self.keys[newcomer["email"]] = str(uuid4())
            self.ids[newcomer["email"]] = await self.insist(newcomer)

    async def insist(self, newcomer: dict[str, str]) -> str:
        """Until it is answered: 5xx and hang-ups say too little."""
        while True:
            try:
                headers = {"Idempotency-Key": self.keys[newcomer["email"]]}
                answer = await self.http.post(REGISTER, json=newcomer, headers=headers)
            except HTTPError:
                self.unsure += 1
            else:
                if answer.status_code < 500:
                    assert answer.status_code == 201, answer.text
                    return str(answer.json()["data"]["id"])
                self.unsure += 1
            await asyncio.sleep(AGAIN_AFTER_S)


async def test_each_is_carried_out_once_however_often_it_had_to_be_asked(
    system: System, tell: Callable[[str], None]
) -> None:
    await system.well_within(WELL_WITHIN_S)
    chance = random.Random(SEED)  # noqa: S311  a seed makes the run the same again
    async with AsyncClient(base_url=system.cluster.gateway_url, timeout=10) as http, asyncio.TaskGroup() as clients:
        registrations = Registrations(http)
        for _ in range(CLIENTS):
            clients.create_task(registrations.keep_coming())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(*MET_EVERY_S))
            await kill_and_return(chance.choice(("customer", "postgres", "nats")), system)
        registrations.enough = True

    tell(f"{len(registrations.ids)} registrations, {KILLS} kills, {registrations.unsure} answers that told nothing")
    assert registrations.unsure, "no kill hit anything that was under way"
    assert await made(system, registrations.ids) == registrations.ids


async def kill_and_return(part: str, system: System) -> None:
    (process,) = system.processes(part)
    await process.crash()
    # Brought back even if a client's fault ends the test just now: the next ones are to find it.
    await asyncio.shield(process.start())
    await system.well_within(WELL_WITHIN_S)


async def made(system: System, emails: dict[str, str]) -> dict[str, str]:
    """The customers of these emails; the unique index sees to it that there is no more than one of each."""
    (process,) = system.processes("customer")
    connect = cast("Connect", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]  see Connect
    connection = await connect(process.database_url, timeout=20)
    try:
        rows = await connection.fetchval("SELECT json_object_agg(email, id) FROM customers")
    finally:
        await connection.close()
    found = msgspec.json.decode(cast("str", rows), type=dict[str, str])
    return {email: id_ for email, id_ in found.items() if email in emails}
