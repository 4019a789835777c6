"""Answers auth.makeApiKey."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.api_keys import MadeApiKey, MoreThanYours, NewApiKey, NoSuchContract, RootIsAnAdmins
from flowkit.call import Call
from flowkit.contract import Identity, Wrong
from msgspec import UNSET

from auth_service.api_key import KeptApiKey, Presented
from auth_service.ports import ApiKeys


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MakeApiKey:
    """Give a machine client a key of its own. `asked_for` are the contracts that clients may ask."""

    keys: ApiKeys
    asked_for: Collection[str]
    clock: Callable[[], datetime] = _utc

    async def run(self, request: NewApiKey, call: Call) -> MadeApiKey:
        call.step("Checking the maker may give so much")
        _check(request, call.user)
        self._check_contracts(_limits(request))
        presented = Presented.new()
        made = MadeApiKey(id=presented.id, key=presented.text)
        with call.step("Storing its digest"):
            await self.keys.add(self._kept(request, presented, call.user), made, call)
        call.about("machine", made.id)
        return made

    def _check_contracts(self, limits: Sequence[str]) -> None:
        unknown = [n for n, subject in enumerate(limits) if subject not in self.asked_for]
        if unknown:
            raise NoSuchContract(detailed=tuple(Wrong(f"contracts.{n}", "No such contract") for n in unknown))

    def _kept(self, request: NewApiKey, presented: Presented, maker: Identity) -> KeptApiKey:
        days = request.expires_in_days
        return KeptApiKey(
            id=presented.id,
            name=request.name,
            role=request.role,
            root=request.root,
            contracts=tuple(dict.fromkeys(_limits(request))),
            made_by=maker.id,
            digest=presented.digest,
            expires_at=None if days is UNSET else self.clock() + timedelta(days=days),
        )


def _limits(request: NewApiKey) -> Sequence[str]:
    """None at all: whatever the role may ask."""
    return () if request.contracts is UNSET else request.contracts


def _check(request: NewApiKey, maker: Identity) -> None:
    """A key makes no other: it could make one without its own limits. Root is root's to give, and an admin's mark."""
    if maker.is_api_key or (request.root and not maker.root):
        raise MoreThanYours
    if request.root and request.role != "admin":
        raise RootIsAnAdmins
