"""Dead letters dealt with one after the other, and counted as it goes: a fault ends it, and hides nothing of before."""

import sys
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

from flowkit.bus import BusError, PayloadTooLarge

from flowctl.events.faults import told
from flowctl.events.letter import Letter
from flowctl.events.letters import CannotBeGiven
from flowctl.tree.picture import printable


@dataclass(slots=True)
class Dealt:
    done: int = 0
    is_whole: bool = True
    """Nothing was kept back, and nothing left unseen."""


async def deal(found: AsyncIterable[Letter], act: Callable[[Letter], Awaitable[object]], otherwise: str) -> Dealt:
    """`otherwise` is what is said of one that comes to nothing; the first fault that is not of a letter alone is the
    last."""
    dealt = Dealt()
    try:
        async for letter in found:
            try:
                await act(letter)
                dealt.done += 1
            except (CannotBeGiven, PayloadTooLarge) as fault:
                dealt.is_whole = False
                _say(letter, otherwise, fault)
            except BusError as fault:
                dealt.is_whole = False
                _say(letter, otherwise, fault)
                break
    except BusError as fault:
        dealt.is_whole = False
        sys.stderr.write(f"flow: the rest was not looked at: {told(fault)}\n")
    return dealt


def _say(letter: Letter, otherwise: str, fault: CannotBeGiven | BusError) -> None:
    reason = told(fault) if isinstance(fault, BusError) else str(fault)
    sys.stderr.write(f"flow: {letter.place} {otherwise}: {printable(reason)}\n")
