"""Keys that are held back: tried again ever later, and forgotten once somebody else has helped them."""

from flowkit.outbox.held import FIRST_WAIT_S, LONGEST_WAIT_S, MOST, HeldBack


def test_a_key_waits_twice_as_long_each_time_up_to_a_minute() -> None:
    now = 0.0
    held = HeldBack(clock=lambda: now)
    waits: list[float] = []
    for _ in range(6):
        held.hold("ada")
        began = now
        while held.keys:
            now += FIRST_WAIT_S
        waits.append(now - began)
    assert waits == [5, 10, 20, 40, 60, 60]


def test_a_key_that_went_through_begins_anew() -> None:
    now = 0.0
    held = HeldBack(clock=lambda: now)
    held.hold("ada")
    assert held.release("ada")
    assert not held.release("ada")
    held.hold("ada")
    now = FIRST_WAIT_S
    assert list(held.keys) == []


def test_a_key_nobody_tries_again_is_forgotten() -> None:
    now = 0.0
    held = HeldBack(clock=lambda: now)
    for n in range(MOST):
        held.hold(f"key {n}")
    assert held.is_full
    now = FIRST_WAIT_S + LONGEST_WAIT_S
    assert list(held.keys) == []
    assert len(held) == 0
