"""What is remembered of the tries to sign in to one account, and what that says of the next. No I/O, no clock."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import Struct

from flowkit.security.visitors import Visitor

type Lane = Literal["known", "newcomer", "other"]

WINDOW_S = 900.0
ROOM: dict[Lane, int] = {"known": 4, "newcomer": 2, "other": 4}
"""How many tries may be hashed in any window, lane by lane, that did not prove right: ten, come what may."""

# What has not been settled by then never will be: its process died, or its caller hung up.
_SETTLED_WITHIN_S = 10.0
# After none, one, two, three failures.
_DELAYS_S = (0.0, 0.0, 0.0, 5.0)
_REMEMBERED_S = 6 * 3600.0
_KNOWN_FOR_S = 90 * 86_400.0
_MOST_KNOWN = 16
_NEVER = float("-inf")


class Try(Struct, frozen=True, array_like=True):
    """A hash that was granted. One that turned out right is taken back, and leaves nothing."""

    id: str
    at: float
    address: str
    lane: Lane
    failed: bool = False

    def is_open(self, now: float) -> bool:
        return not self.failed and now - self.at < _SETTLED_WITHIN_S


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. `may_end_sooner` where a try that is being judged could give its place back."""

    seconds: float
    may_end_sooner: bool = False


class LoginHistory(Struct, frozen=True):
    """`known` are the networks this account was signed in to from, and when that was last."""

    tries: tuple[Try, ...] = ()
    known: dict[str, float] = msgspec.field(default_factory=dict[str, float])

    @classmethod
    def read(cls, text: str | None) -> "LoginHistory":
        return cls() if text is None else msgspec.json.decode(text, type=cls)

    def write(self) -> str:
        return msgspec.json.encode(self).decode()

    def knows(self, who: Visitor, now: float) -> bool:
        return now - self.known.get(who.network, _NEVER) < _KNOWN_FOR_S

    def place(self, who: Visitor, now: float) -> Lane | Wait:
        """The lane that has room for this visitor now, or how long there is none."""
        recent = [each for each in self.tries if now - each.at < WINDOW_S]
        if wait := self._own_wait(who, recent, now):
            return wait
        lanes = self._lanes(who, now)
        for lane in lanes:
            if sum(each.lane == lane for each in recent) < ROOM[lane]:
                return lane
        taken = [each for each in recent if each.lane in lanes]
        return Wait(taken[0].at + WINDOW_S - now, any(each.is_open(now) for each in taken))

    def _lanes(self, who: Visitor, now: float) -> tuple[Lane, ...]:
        known: tuple[Lane, ...] = ("known",) if self.knows(who, now) else ()
        fresh: tuple[Lane, ...] = () if any(each.address == who.address for each in self.tries) else ("newcomer",)
        return (*known, *fresh, "other")

    def _own_wait(self, who: Visitor, recent: list[Try], now: float) -> Wait | None:
        """For what this address has done here since it last signed in."""
        # What strangers have: nobody sees by it that there is a lane more, so that the account is used from here.
        most = ROOM["other"]
        since = self.known.get(who.network, _NEVER)
        own = [each for each in recent if each.address == who.address and each.at > since]
        if len(own) >= most:
            return Wait(own[0].at + WINDOW_S - now, any(each.is_open(now) for each in own))
        failed = [each.at for each in own if not each.is_open(now)]
        left = failed[-1] + _DELAYS_S[len(failed)] - now if failed else 0.0
        return Wait(left) if left > 0 else None

    def granted(self, granted: Try) -> "LoginHistory":
        kept = tuple(each for each in self.tries if granted.at - each.at < _REMEMBERED_S)
        return LoginHistory((*kept, granted), self.known)

    def failed(self, granted: Try) -> "LoginHistory":
        marked = (msgspec.structs.replace(each, failed=True) if each.id == granted.id else each for each in self.tries)
        return LoginHistory(tuple(marked), self.known)

    def taken_back(self, granted: Try) -> "LoginHistory":
        """As if it had never been granted."""
        return LoginHistory(tuple(each for each in self.tries if each.id != granted.id), self.known)

    def proven(self, granted: Try, who: Visitor) -> "LoginHistory":
        """The visitor knew the password: its network is known from now on. What others tried stays counted."""
        known = {near: at for near, at in self.known.items() if granted.at - at < _KNOWN_FOR_S}
        if who.is_placed:
            known[who.network] = granted.at
        newest = sorted(known.items(), key=lambda each: each[1])[-_MOST_KNOWN:]
        return LoginHistory(self.taken_back(granted).tries, dict(newest))

    @property
    def worth_keeping_s(self) -> float:
        """From now. A row for a single slip of the pen need not be kept for hours."""
        if self.known:
            return _KNOWN_FOR_S
        return WINDOW_S if len(self.tries) <= ROOM["newcomer"] else _REMEMBERED_S
