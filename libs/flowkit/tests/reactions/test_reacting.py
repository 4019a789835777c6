"""What has happened is acted on once, whatever goes wrong on the way."""

from flowkit.bus import Bus
from flowkit.call import Call

from .scenes import Diary, Visited, said, scene


async def test_what_is_told_is_acted_on(bus: Bus) -> None:
    async with scene(bus) as host:
        await host.tell(said("hello"))
        await host.tell(said("goodbye"))

        await host.written("hello", "goodbye")


async def test_what_was_told_before_anybody_listened_is_acted_on(bus: Bus) -> None:
    async with scene(bus) as host:
        await host.reactions.leave()
        await host.tell(said("hello"))
        async with scene(bus) as later:
            await later.written("hello")


async def test_an_event_that_is_told_twice_is_acted_on_once(bus: Bus) -> None:
    async with scene(bus) as host:
        first = await host.tell(said("hello"))
        await host.tell(said("hello"), event_id=first)

        await host.written("hello")


async def test_what_fails_is_tried_again(bus: Bus) -> None:
    tries: list[str] = []

    async def at_third(event: Visited, _: Call, tx: Diary) -> None:
        tries.append(event.said)
        await tx.write(event.said)
        if len(tries) < 3:
            raise ValueError

    async with scene(bus, at_third) as host:
        await host.tell(said("hello"))

        await host.written("hello")
    assert len(tries) == 3


async def test_what_was_done_though_nobody_heard_so_is_not_done_again(bus: Bus) -> None:
    diary = Diary(loses_answers=1)
    async with scene(bus, diary=diary) as host:
        await host.tell(said("hello"))

        await host.written("hello")
    assert diary.opened >= 2
