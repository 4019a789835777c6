"""Every no takes the same way and the same time; what is throttled is never hashed."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import bcrypt
import pytest
from flowkit.contract import Overloaded, TooManyRequests
from flowkit.security import passwords
from flowkit.security.passwords import PasswordOptions, Verdict
from flowkit.security.signing_in import Attempt, SigningIn
from flowkit.security.throttle import Throttle
from flowkit.telemetry.steps import Steps
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import FakeHistories

ADA = Attempt("ada@example.org", "correct horse", "198.51.100.7", "plain:correct horse")
WRONG = replace(ADA, password="wrong")
REFUSAL_S = 0.4


@dataclass(slots=True)
class Door:
    """Signing in, with what it hashes, counts and says."""

    hashing: passwords.Passwords = field(default_factory=PlainPasswords)
    refusal: float = 0.0
    histories: FakeHistories = field(default_factory=FakeHistories)
    refused: list[str] = field(default_factory=list[str])
    said: Steps = field(default_factory=Steps)
    signing_in: SigningIn = field(init=False)

    def __post_init__(self) -> None:
        throttle = Throttle(self.histories, per_address=50)
        self.signing_in = SigningIn(self.hashing, throttle, self.refusal, self.refused.append)

    async def judge(self, attempt: Attempt) -> Verdict:
        return await self.signing_in.judge(attempt, self.said.add)

    async def lock(self, email: str) -> None:
        """No more tries from anywhere new, until the window is over."""
        for number in range(20):
            attempt = replace(WRONG, email=email, address=f"10.0.0.{number}", stored=None)
            try:
                await SigningIn(PlainPasswords(), Throttle(self.histories), refusal=0).judge(attempt, self.said.add)
            except TooManyRequests:
                return
        pytest.fail("never throttled")


class BusyPasswords(PlainPasswords):
    async def verify(self, password: str, stored: str) -> Verdict:
        raise Overloaded


async def seconds(refusal: Awaitable[object]) -> float:
    began = time.monotonic()
    with suppress(TooManyRequests):
        await refusal
    return time.monotonic() - began


async def test_a_right_password_is_told_at_once() -> None:
    assert await seconds(Door(refusal=20).judge(ADA)) < 5


async def refusals(hashing: passwords.Passwords) -> dict[str, float]:
    """How long a no of each kind took."""
    old = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(10)).decode()
    door = Door(hashing, REFUSAL_S)
    current = await hashing.hash("correct horse")
    await door.lock("eve@example.org")
    kinds = {
        "wrong": replace(WRONG, email="a@x", stored=current),
        "legacy": replace(WRONG, email="b@x", stored=old),
        "unknown": replace(WRONG, email="c@x", stored=None),
        "barred": replace(ADA, email="d@x", stored=current, barred=True),
        "throttled": replace(ADA, email="eve@example.org", stored=current),
    }
    took = {kind: await seconds(door.judge(attempt)) for kind, attempt in kinds.items()}
    assert door.refused == ["wrong"] * 4 + ["throttled_account"]
    return took


async def test_all_kinds_of_no_take_the_same_time() -> None:
    async with passwords.pool(PasswordOptions(memory_mib=19)) as hashing:
        quickest = await refusals(hashing)
        # Of each kind the quickest: a busy machine holds up one or another.
        for _ in range(10):
            if max(quickest.values()) < REFUSAL_S + 0.05:
                break
            took = await refusals(hashing)
            quickest = {kind: min(quickest[kind], took[kind]) for kind in took}
    assert min(quickest.values()) >= REFUSAL_S
    assert max(quickest.values()) < REFUSAL_S + 0.05, quickest


async def test_every_no_waits_in_the_one_place_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def wait(_: SigningIn, began: float) -> None:
        waited.append(began)

    monkeypatch.setattr(SigningIn, "_hold", wait)
    door = Door()
    await door.lock("eve@example.org")
    waited.clear()
    for attempt in (WRONG, replace(WRONG, email="c@x", stored=None), replace(ADA, email="d@x", barred=True)):
        assert not (await door.judge(attempt)).matches
    with pytest.raises(TooManyRequests):
        await door.judge(replace(ADA, email="eve@example.org"))
    assert len(waited) == 4


async def test_what_is_throttled_is_not_hashed_and_told_when_to_come_again() -> None:
    door = Door(hashing := PlainPasswords())
    nobody = replace(WRONG, stored=None)
    outcomes = await asyncio.gather(*(door.judge(nobody) for _ in range(50)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, TooManyRequests)]
    assert hashing.unknown == len(outcomes) - len(refused) == 3
    assert all(each.retry_after is not None and 4 < each.retry_after <= 900 for each in refused)
    assert door.refused.count("throttled_account") == len(refused)


async def test_when_to_come_again_is_true() -> None:
    door = Door()
    for _ in range(3):
        await door.judge(WRONG)
    with pytest.raises(TooManyRequests) as told:
        await door.judge(ADA)
    assert told.value.retry_after is not None
    assert 4 < told.value.retry_after < 5.1
    door.histories.now += 5
    assert (await door.judge(ADA)).matches


async def test_the_steps_say_what_was_decided() -> None:
    door = Door()
    await door.judge(ADA)
    assert door.said.sentences == ["Checking login throttle", "Verifying password"]
    await door.lock("eve@example.org")
    with pytest.raises(TooManyRequests):
        await door.judge(replace(ADA, email="eve@example.org", address="10.1.1.1"))
    assert door.said.sentences[-2:] == ["Checking login throttle", "Too many tries: this account has to wait"]


async def test_a_barred_account_is_refused_with_the_right_password_as_with_a_wrong_one() -> None:
    door = Door()
    verdict = await door.judge(replace(ADA, barred=True))
    assert (verdict.matches, verdict.replacement_needed) == (False, False)
    assert door.refused == ["wrong"]


async def test_who_could_not_be_hashed_for_has_used_nothing_up() -> None:
    door = Door(BusyPasswords())
    for _ in range(20):
        with pytest.raises(Overloaded):
            await door.judge(ADA)


async def test_many_honest_logins_of_one_account_at_once_are_all_let_in() -> None:
    door = Door()
    verdicts = await asyncio.gather(*(door.judge(ADA) for _ in range(50)))
    assert all(verdict.matches for verdict in verdicts)


async def test_an_attempt_does_not_show_its_password() -> None:
    assert "correct horse" not in repr(ADA)
