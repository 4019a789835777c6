"""What auth said of a token is believed for some seconds, and asked for once."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from contracts import auth
from flowkit.client import Client
from flowkit.contract import Identity, Invalid, Unavailable
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import a_call
from flowkit.testing.memory_bus import MemoryBroker
from gateway_service.validations import Validations
from msgspec.structs import replace

from .world import ADA, ADMIN, token_of, validate

ASKING, REMEMBERING = "Validating token", "Using cached validation"


@dataclass(slots=True)
class Auth:
    """Answers `validate`, counts, and can be held up or made to fail."""

    asked: int = 0
    fault: Exception | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.open.set()

    async def call(self, _: object, request: auth.TokenToValidate) -> auth.Validated:
        self.asked += 1
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        return await validate(request, a_call())

    def clock(self) -> float:
        return self.now


@pytest.fixture
def asked() -> Auth:
    return Auth()


@pytest.fixture
def validations(asked: Auth) -> Validations:
    client: Any = asked
    return Validations(client, most_kept=3, clock=asked.clock)


async def test_a_token_is_asked_about_once_in_five_seconds(asked: Auth, validations: Validations) -> None:
    token, first, second, third = token_of(ADA), a_call(), a_call(), a_call()

    vouched = await validations.of(token, first)
    asked.now += 4.9
    assert await validations.of(token, second) == vouched
    asked.now += 0.2
    await validations.of(token, third)

    assert (vouched.identity, vouched.signed) == (ADA, token)
    assert [first.steps, second.steps, third.steps] == [[ASKING], [REMEMBERING], [ASKING]]
    assert asked.asked == 2


async def test_nothing_is_remembered_past_the_token_s_own_end(asked: Auth, validations: Validations) -> None:
    token = token_of(ADA, lasting=2)

    await validations.of(token, a_call())
    asked.now += 1.5
    await validations.of(token, a_call())
    assert asked.asked == 1
    asked.now += 0.6
    await validations.of(token, a_call())

    assert asked.asked == 2


async def test_two_tokens_are_two_questions(asked: Auth, validations: Validations) -> None:
    one, other = await validations.of(token_of(ADA), a_call()), await validations.of(token_of(ADMIN), a_call())

    assert (one.identity, other.identity) == (ADA, ADMIN)
    assert asked.asked == 2


@pytest.mark.parametrize("fault", [auth.InvalidToken(), Unavailable()])
async def test_a_refusal_is_not_remembered(asked: Auth, validations: Validations, fault: Exception) -> None:
    asked.fault = fault
    for _ in range(2):
        with pytest.raises(type(fault)):
            await validations.of(token_of(ADA), a_call())

    asked.fault = None
    await validations.of(token_of(ADA), a_call())

    assert asked.asked == 3


async def test_a_token_auth_cannot_even_read_is_a_bad_one(asked: Auth, validations: Validations) -> None:
    asked.fault = Invalid()

    with pytest.raises(auth.InvalidToken):
        await validations.of(token_of(ADA), a_call())


async def test_a_session_that_ended_is_not_remembered_a_moment_longer(asked: Auth, validations: Validations) -> None:
    token = token_of(replace(ADA, session="s1"))
    await validations.of(token, a_call())

    validations.revoked.add(["s1"])
    with pytest.raises(auth.InvalidToken):
        await validations.of(token, a_call())

    assert asked.asked == 2


async def test_a_session_that_ended_while_auth_answered_is_not_let_in(asked: Auth, validations: Validations) -> None:
    asked.open.clear()
    waiting = asyncio.create_task(validations.of(token_of(replace(ADA, session="s1")), a_call()))
    await asyncio.sleep(0)
    validations.revoked.add(["s1"])
    asked.open.set()

    with pytest.raises(auth.InvalidToken):
        await waiting


async def test_those_who_come_together_share_one_question(asked: Auth, validations: Validations) -> None:
    asked.open.clear()
    token = token_of(ADA)
    together = [asyncio.create_task(validations.of(token, a_call())) for _ in range(20)]
    await asyncio.sleep(0)
    asked.open.set()

    vouched = await asyncio.gather(*together)

    assert {one.identity for one in vouched} == {ADA}
    assert asked.asked == 1


async def test_whoever_gives_up_takes_nobody_along(asked: Auth, validations: Validations) -> None:
    asked.open.clear()
    token = token_of(ADA)
    first, second = (asyncio.create_task(validations.of(token, a_call())) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    asked.open.set()

    assert (await second).identity == ADA
    assert first.cancelled()
    assert asked.asked == 1


async def test_a_question_nobody_waits_for_any_more_ends_quietly(asked: Auth, validations: Validations) -> None:
    asked.open.clear()
    asked.fault = auth.InvalidToken()
    alone = asyncio.create_task(validations.of(token_of(ADA), a_call()))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.wait({alone})
    asked.open.set()

    await validations.finish()

    assert asked.asked == 1


async def test_no_more_than_so_many_are_remembered_and_the_oldest_goes_first(
    asked: Auth, validations: Validations
) -> None:
    tokens = [token_of(Identity(id=str(number), email="a@b", role="customer")) for number in range(4)]
    for token in tokens:
        await validations.of(token, a_call())

    for token in reversed(tokens):
        await validations.of(token, a_call())

    assert asked.asked == 5


async def test_the_question_is_asked_under_the_first_caller_s_deadline() -> None:
    client = Client(MemoryBroker().connect(), "gateway", Tracing(IdsOnlyTracer()))
    call = a_call(seconds=0.0)

    with call.as_current(), pytest.raises(Exception, match="No answer in time"):
        await Validations(client).of(token_of(ADA), call)

    assert [made.flow for made in call.calls] == ["api.v1.auth.validate"]
