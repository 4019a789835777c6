"""kill -9 of whoever sends letters, each time with one on its way: none is missing, and one sent twice is the same."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from flowctl.cluster.process import Process
from httpx import AsyncClient

from tests.cluster import Running
from tests.cluster.local import processes
from tests.cluster.people import a_newcomer
from tests.integration.records import records
from tests.mailbox import Mailbox, opened

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

KILLS, WITHIN_S = 12, 60.0


async def test_no_letter_is_missing_however_often_its_sender_is_killed(tell: Callable[[str], None]) -> None:
    # Long enough for a kill to come between a letter's arrival and the word that it was taken.
    async with opened(Mailbox(thinks_s=0.2)) as mailbox:
        server = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mailbox.port), "SMTP_TLS": "none"}
        async with processes(server | {"SMTP_FROM": "a@b.example"}, replicas={"notification": 2}) as (cluster, running):
            customers = await registered_while(killed_in_turn(cluster.processes["notification"], mailbox), running)
            ids = await all_sent(running, 3 * customers)

    letters = Counter(mailbox.ids)
    twice = sum(count - 1 for count in letters.values())
    tell(f"{KILLS} kills with a letter on its way; {len(ids)} letters, 0 missing, {twice} sent again as they were")
    assert len(ids) == 3 * customers
    assert set(letters) == {f"<{id_}@b.example>" for id_ in ids}
    bodies = {(str(letter["Message-ID"]), str(letter["To"]), str(letter.get_content())) for letter in mailbox.letters}
    assert len(bodies) == len(ids)
    assert twice > 0, "no kill came between a letter and its mark"


async def registered_while(trouble: Coroutine[Any, Any, None], running: Running) -> int:
    """How many came, one after the other, until it was over."""
    count, ending = 0, asyncio.create_task(trouble)
    async with AsyncClient(base_url=running.gateway_url, timeout=30) as http:
        while not ending.done():
            answer = await http.post("/api/v1/customer/register", json=a_newcomer())
            assert answer.status_code == 201, answer.text
            count += 1
    await ending
    return count


async def killed_in_turn(senders: list[Process], mailbox: Mailbox) -> None:
    for number in range(KILLS):
        mailbox.arrived.clear()
        async with asyncio.timeout(WITHIN_S):
            await mailbox.arrived.wait()
        sender = senders[number % len(senders)]
        await sender.crash()
        await sender.start()


async def all_sent(running: Running, count: int) -> list[str]:
    async with records(running.database_url("notification")) as kept, asyncio.timeout(WITHIN_S):
        while await kept.one("SELECT count(*) FILTER (WHERE status = 'sent') FROM notifications") < count:
            await asyncio.sleep(0.2)
        return list(await kept.one("SELECT array_agg(id::text) FROM notifications"))
