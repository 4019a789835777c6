"""What a service is made of: `Service("customer", [serve(customer.register, RegisterCustomer(...)), ...])`."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import Struct

from flowkit.call import Call
from flowkit.contract import Contract

# ADR-32 takes no other names.
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


class Flow[Request: Struct, Reply: Struct](Protocol):
    """The code that answers a contract: dependencies are its fields, `run` is the story."""

    async def run(self, request: Request, call: Call, /) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Serving:
    """A contract and the flow that answers it; their types were checked where `serve` paired them."""

    contract: Contract[Any, Any]
    flow: Flow[Any, Any]


def serve[Request: Struct, Reply: Struct](contract: Contract[Request, Reply], flow: Flow[Request, Reply]) -> Serving:
    return Serving(contract, flow)


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    flows: Sequence[Serving]
    version: str = "0.1.0"
    callers: Mapping[str, Collection[str]] | None = None
    """By subject, the names of those whose requests are answered; None where it is everybody."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"A service's name is made of letters, digits, - and _; got {self.name!r}")
        subjects = Counter(serving.contract.subject for serving in self.flows)
        if twice := [subject for subject, count in subjects.items() if count > 1]:
            raise ValueError(f"{self.name} serves these subjects twice: {', '.join(twice)}")

    @property
    def has_work(self) -> bool:
        """Whether it does more than tell how it is."""
        return any(not serving.contract.is_probe for serving in self.flows)
