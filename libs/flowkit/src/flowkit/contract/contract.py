"""A contract: one frozen, typed value that both the flow and its callers are checked against."""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from flowkit.contract.access import Access, anyone
from flowkit.contract.errors import FlowError, Forbidden
from flowkit.contract.identity import Identity


class OutOfScope(Forbidden):
    """Insufficient permissions"""


@dataclass(frozen=True, slots=True)
class Contract[Request: Struct, Answer: Struct]:
    """What is asked and answered on a subject, what can go wrong, who may ask, whether asking twice is safe."""

    subject: str
    request: type[Request]
    reply: type[Answer]
    raises: tuple[type[FlowError], ...] = ()
    access: Access = anyone
    status: Literal[200, 201] = 200
    retry_safe: bool = False
    is_probe: bool = False
    """Asks whether somebody is well: each question is put, once, whatever became of the one before."""

    def check(self, identity: Identity | None) -> None:
        """Raises the refusal of whom the access rule refuses, or whom an API key's scope keeps away from this."""
        self.access.check(identity)
        if identity is not None and identity.contracts and self.subject not in identity.contracts:
            raise OutOfScope


@dataclass(frozen=True, slots=True)
class Query[Request: Struct, Answer: Struct](Contract[Request, Answer]):
    """Asks without changing anything, so it may be asked again."""

    retry_safe: bool = True


@dataclass(frozen=True, slots=True)
class Command[Request: Struct, Answer: Struct](Contract[Request, Answer]):
    """Changes something; asked again only where the contract says that is safe."""


@dataclass(frozen=True, slots=True)
class Notice[Body: Struct]:
    """A word to whoever listens now. Nothing depends on its arrival: what must not be lost is an `Event`."""

    subject: str
    body: type[Body]
