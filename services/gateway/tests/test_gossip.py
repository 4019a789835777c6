"""Gateways tell each other what was spent; what cannot be told or read harms nobody."""

from contracts.gateway import MOST_TOLD, Spent, spent
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from gateway_service.rate_limits.limit import MOST_UNTOLD, key_of

from .gossiping import ADA, BOB, SLOW, Gateway, everyone_tells, in_memory


async def test_what_is_spent_at_one_is_missing_at_the_others() -> None:
    async with in_memory(3) as gateways:
        assert gateways[0].allows(ADA, 90) == 90
        await everyone_tells(gateways)

        assert [gateway.allows(ADA, 1000) for gateway in gateways] == [10, 10, 10]


async def test_a_gateway_does_not_count_what_it_hears_of_itself() -> None:
    async with in_memory(1) as (gateway,):
        gateway.allows(ADA, 50)
        await everyone_tells([gateway])

        assert gateway.allows(ADA, 1000) == 50


async def test_what_was_given_back_is_given_back_everywhere() -> None:
    async with in_memory(2) as gateways:
        gateways[0].allows(ADA, 100)
        await everyone_tells(gateways)
        for _ in range(50):
            gateways[0].limit.give_back(ADA)
        await everyone_tells(gateways)

        assert gateways[1].allows(ADA, 1000) == 50


async def test_nothing_is_told_where_nothing_was_spent() -> None:
    async with in_memory(2) as gateways:
        heard: list[Spent] = []
        await gateways[1].gossip.notices.hear(spent, heard.append)
        gateways[0].allows(ADA, 1)
        gateways[0].limit.give_back(ADA)
        await everyone_tells(gateways)

        assert heard == []


async def test_a_notice_names_nobody() -> None:
    async with in_memory(2) as gateways:
        heard: list[Spent] = []
        await gateways[1].gossip.notices.hear(spent, heard.append)
        gateways[0].allows(ADA, 3)
        await everyone_tells(gateways)

        assert [told.spent for told in heard] == [{"reading-per-address": ((key_of(ADA), 3),)}]


async def test_many_keys_are_told_in_notices_of_bounded_size_one_after_the_other() -> None:
    async with in_memory(2) as gateways:
        heard: list[Spent] = []
        await gateways[1].gossip.notices.hear(spent, heard.append)
        for number in range(12_000):
            gateways[0].allows(str(number), 1)
        await everyone_tells(gateways)
        at_first = len(heard)
        await everyone_tells(gateways)

        assert at_first == 5
        assert [len(told.spent["reading-per-address"]) for told in heard] == [MOST_TOLD] * 6


def test_what_is_to_be_told_stays_bounded_while_nobody_can_be_told() -> None:
    gateway = Gateway(MemoryBroker().connect())
    for number in range(MOST_UNTOLD + 1000):
        gateway.allows(str(number), 1)

    assert len(gateway.limit.untold) == MOST_UNTOLD
    assert gateway.limit.never_told == 1000


async def test_without_the_bus_each_keeps_to_the_limit_by_itself_and_shares_again_afterwards() -> None:
    async with in_memory(2) as (here, there):
        assert isinstance(here.bus, MemoryBus)
        here.bus.cut()
        here.allows(ADA, 40)
        await here.gossip.tell()
        assert there.allows(ADA, 1000) == 100
        here.bus.restore()
        here.allows(BOB, 90)
        await everyone_tells([here, there])

        assert there.allows(BOB, 1000) == 10


MALFORMED = (
    b"",
    b"{",
    b"null",
    b'{"teller":"x"}',
    b'{"teller":"","spent":{}}',
    b'{"teller":"x","spent":{"reading-per-address":[[1]]}}',
    b'{"teller":"x","spent":{"reading-per-address":[[-1,1]]}}',
    b'{"teller":"x","spent":{"reading-per-address":[[9223372036854775808,1]]}}',
    b'{"teller":"x","spent":{"reading-per-address":[[1,1e400]]}}',
    b'{"teller":"x","spent":{"reading-per-address":[%b]}}' % b",".join([b"[1,1]"] * (MOST_TOLD + 1)),
    b"[" * 100_000,
    b"\xff",
)


async def test_a_notice_that_cannot_be_read_harms_nobody() -> None:
    async with in_memory(1) as (gateway,):
        for data in MALFORMED:
            await gateway.bus.publish(spent.subject, data)
        await gateway.bus.flush(within=1)

        assert gateway.allows(ADA, 1000) == 100


async def test_a_gateway_that_lies_shuts_nobody_out_for_long() -> None:
    async with in_memory(1) as (gateway,):
        everything = ((key_of(ADA), 1_000_000),)
        lie = Spent(teller="liar", spent={"reading-per-address": everything, "no-such-limit": everything})
        for _ in range(1000):
            gateway.gossip.heed(lie)

        assert gateway.limit.take(ADA).wait_s <= 8 * SLOW.filling_s + SLOW.interval_s
