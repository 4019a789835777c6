"""Whoever may pull can have the server hand what it pulls to anybody, past all permissions; nobody takes it."""

import asyncio

import pytest
from flowkit.bus import Message, ReplyLate
from flowkit.streams import Streams

from .grounds import KEEPER, SOON_S, Grounds, Teller

NEXT = f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{KEEPER}"


@pytest.mark.parametrize("listened_to", ["api.v1.auth.issue", "notice.auth.told", "notice.>", "*.v1.auth.issue"])
async def test_what_says_another_subject_than_is_listened_to_is_not_handed_over(
    streams: Streams, teller: Teller, grounds: Grounds, listened_to: str
) -> None:
    victim, heard = await grounds.connect(), list[Message]()
    await victim.subscribe(listened_to, heard.append)
    await victim.flush(within=SOON_S)
    await teller.tell(b"forged")
    where = listened_to.replace(">", "auth.told").replace("*", "api")
    await streams.bus.publish(NEXT, b'{"batch": 1}', reply=where)
    await _until_handed_out(streams)
    await victim.publish(where, b"real")

    async with asyncio.timeout(SOON_S):
        while not heard:
            await victim.flush(within=SOON_S)
    assert [message.data for message in heard] == [b"real"]


async def test_what_is_handed_to_an_inbox_is_no_reply(streams: Streams, teller: Teller, grounds: Grounds) -> None:
    victim, asked = await grounds.connect(), list[Message]()
    await streams.bus.subscribe("slow", asked.append)
    await streams.bus.flush(within=SOON_S)
    asking = asyncio.create_task(victim.request("slow", b"", within=2))
    async with asyncio.timeout(SOON_S):
        while not asked:
            await asyncio.sleep(0.01)
    await teller.tell(b"forged")
    await streams.bus.publish(NEXT, b'{"batch": 1}', reply=asked[0].reply)

    with pytest.raises(ReplyLate):
        await asking


async def _until_handed_out(streams: Streams) -> None:
    async with asyncio.timeout(SOON_S):
        while not (await streams.consumer(KEEPER)).unacknowledged:
            await asyncio.sleep(0.01)
