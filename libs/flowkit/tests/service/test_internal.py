"""What is internal answers the services it names, once they have proven who they are, and nobody else."""

from dataclasses import dataclass, field, replace

import pytest
from flowkit.call import Call
from flowkit.contract import Forbidden, Unauthorized, Unavailable
from flowkit.testing.calls import NamedBadges
from flowkit.wire import headers

from .scenes import ADA, Scene, scene
from .stage import Greeted, Greeting, between_us, greet

INTERNAL = b'{"name":"Ada"}'


@dataclass(slots=True)
class Remembered:
    calls: list[Call] = field(default_factory=list[Call])

    async def __call__(self, request: Greeting, call: Call) -> Greeted:
        self.calls.append(call)
        return Greeted(text=request.name)


async def refused(there: Scene, **sent: str) -> tuple[int, str]:
    answer = await there.raw(INTERNAL, "test.internal", **sent)
    return answer.status, answer.message


@pytest.mark.parametrize("sent", [{}, {"flow_service": ""}, {"flow_service": "forged"}, {"flow_caller": "gateway"}])
async def test_without_a_badge_nothing_runs(sent: dict[str, str]) -> None:
    ran = Remembered()
    async with scene(ran) as there:
        assert await refused(there, **sent) == (401, "Service not identified")
        assert await refused(there, **sent, flow_identity="admin") == (401, "Service not identified")

    assert ran.calls == []


async def test_a_service_the_contract_does_not_name_is_refused() -> None:
    ran = Remembered()
    async with scene(ran) as there:
        assert await refused(there, flow_service="customer") == (403, "Service not permitted")

    assert ran.calls == []


async def test_who_asks_is_known_to_the_flow() -> None:
    ran = Remembered()
    async with scene(ran) as there:
        await there.raw(INTERNAL, "test.internal", flow_service="gateway", flow_caller="customer")

    (call,) = ran.calls
    assert (call.service, call.caller) == ("gateway", "customer")


async def test_a_badge_is_not_looked_at_where_people_ask() -> None:
    ran = Remembered()
    async with scene(ran) as there:
        await there.raw(INTERNAL, "test.greet", flow_service="gateway")

    assert ran.calls[0].service == ""


async def test_a_client_shows_its_badge_where_it_is_asked_for_and_nowhere_else() -> None:
    async with scene(Remembered()) as there:
        seen: list[dict[str, str]] = []
        for subject in ("test.internal", "test.greet"):
            await there.bus.subscribe(subject, lambda message: seen.append(dict(message.headers)))
        client = replace(there.client, badges=NamedBadges("tester"))

        await client.call(between_us, ADA)
        await client.call(greet, ADA)

    assert [told.get(headers.SERVICE) for told in seen] == ["tester", None]


@dataclass(slots=True)
class Replaced:
    """A badge of a key that is gone; the next one is good."""

    token: str = "forged"
    better: str = "tester"
    shown: list[str] = field(default_factory=list[str])

    async def show(self, within: float) -> str:
        self.shown.append(self.token)
        return self.token

    def forget(self, refused: str) -> None:
        assert refused == self.token
        self.token = self.better


async def test_a_badge_that_is_refused_is_replaced_and_the_caller_need_not_know() -> None:
    ran, badges = Remembered(), Replaced()
    async with scene(ran) as there:
        assert (await replace(there.client, badges=badges).call(between_us, ADA)).text == "Ada"

    assert badges.shown == ["forged", "tester"]
    assert len(ran.calls) == 1


@pytest.mark.parametrize("name", ["forged", "customer"])
async def test_where_this_service_is_not_let_in_its_own_caller_is_told_to_come_again_and_nothing_else(
    name: str,
) -> None:
    """What is refused is the service: whoever asked it did nothing wrong, and is not to be signed out."""
    badges = Replaced(name, name)
    async with scene(Remembered()) as there:
        with pytest.raises(Unavailable) as told:
            await replace(there.client, badges=badges).call(between_us, ADA)

    assert not isinstance(told.value, (Unauthorized, Forbidden))
    assert len(badges.shown) == 2
