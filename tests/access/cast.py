"""Those who ask: each with a token for HTTP, a signed identity for the bus, and a record that is theirs."""

import asyncio
import time
from dataclasses import dataclass, field, replace

from contracts import auth

from tests.cluster import People
from tests.cluster.people import Person
from tests.integration.bus import Bus

from .table import Persona

BELIEVED_NO_MORE_WITHIN_S = 30
# Half as long as an identity lives: who is refused is refused for who they are, and not for being late.
GOOD_FOR_S = 30


@dataclass(frozen=True, slots=True)
class Actor:
    """One who asks, and whose record is asked about: `owner`'s; an order of theirs, or an API key of nobody's
    concern, by its id."""

    persona: Persona
    owner: Person
    api_key: str = ""
    order: str = ""
    refresh_token: str = ""
    token: str = ""
    identity: str = ""
    badge: str = ""
    made_at: float = field(default_factory=time.monotonic)

    @property
    def is_late(self) -> bool:
        return time.monotonic() - self.made_at > GOOD_FOR_S

    @property
    def http(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def bus(self) -> dict[str, str]:
        told = {"flow_identity": self.identity, "flow_service": self.badge}
        return {name: value for name, value in told.items() if value}


@dataclass(slots=True)
class Cast:
    people: People
    bus: Bus
    badge: str
    colleague: Person
    _known: dict[Persona, Actor] = field(default_factory=dict[Persona, Actor])

    async def actor(self, persona: Persona, *, fresh: bool) -> Actor:
        """The one of all cells, or one of this cell's own."""
        if fresh:
            return await self._make(persona)
        known = self._known.get(persona)
        if known is None or known.is_late:
            self._known[persona] = await self._make(persona)
        return self._known[persona]

    def forget(self, persona: Persona) -> None:
        """There is but one root admin: what a cell's own did may have ended the sessions of everybody's."""
        if persona == "root":
            self._known.pop(persona, None)
            self.people.forget_root()

    async def _make(self, persona: Persona) -> Actor:
        owner = await self.people.new_customer()
        order = await self.people.new_order(owner)
        actor = await self._enter(persona, owner)
        return replace(actor, api_key=await self.people.new_api_key(), order=order)

    async def _enter(self, persona: Persona, owner: Person) -> Actor:
        match persona:
            case "anyone":
                return Actor(persona, owner)
            case "service":
                # Over HTTP a badge is shown where a token belongs.
                return Actor(persona, owner, token=self.badge, badge=self.badge)
            case "disabled":
                return await self._disabled(await self._signed_in(persona, owner, "customer", owner))
            case "owner":
                kind, who = "customer", owner
            case "other":
                kind, who = "customer", await self.people.new_customer()
            case "admin":
                kind, who = "admin", await self.people.new_admin()
            case "root":
                kind, who = "admin", await self.people.root()
        return await self._signed_in(persona, owner, kind, who)

    async def _signed_in(self, persona: Persona, owner: Person, kind: str, who: Person) -> Actor:
        """In a session of its own, which a cell may end."""
        session = await self.people.open_session(kind, who.email, who.password)
        validated = await self.bus.ask_as("operator", auth.validate.subject, {"token": session["token"]})
        identity = validated.body["data"]["identity"]
        return Actor(persona, owner, refresh_token=session["refreshToken"], token=session["token"], identity=identity)

    async def _disabled(self, actor: Actor) -> Actor:
        await self.people.disable(actor.owner)
        async with asyncio.timeout(BELIEVED_NO_MORE_WITHIN_S):
            while (await self.bus.ask(auth.me.subject, {}, **actor.bus)).body["success"]:
                await asyncio.sleep(0.05)
        return actor
