"""One line of the HTTP surface: a method, a path, and the contract behind it."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import msgspec
from flowkit.contract import Contract

from gateway_service.rate_limits.limits import Group

type Method = Literal["GET", "POST", "PUT", "DELETE"]

_PARAMETER = re.compile(r"\{(\w+)\}")


class NotRoutable(Exception):
    """A contract that cannot stand behind this route."""


@dataclass(frozen=True, slots=True)
class Route:
    method: Method
    path: str
    contract: Contract[Any, Any]
    limited_as: Group | None = None

    def __post_init__(self) -> None:
        if not self.contract.access.is_routable:
            raise NotRoutable(f"{self}: {self.contract.subject} is internal, no route may lead to it")
        known = {field.encode_name for field in msgspec.structs.fields(self.contract.request)}
        if strange := set(self.parameters) - known:
            raise NotRoutable(f"{self}: {self.contract.subject} knows no field {', '.join(sorted(strange))}")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The payload's fields that stand in the path."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def group(self) -> Group:
        """Whose rate limits its callers have."""
        return self.limited_as or ("reading" if self.method == "GET" else "writing")

    @property
    def takes_body(self) -> bool:
        return self.method in ("POST", "PUT")

    @property
    def takes_key(self) -> bool:
        """Whether an Idempotency-Key means anything: PUT and DELETE may be asked again as they are."""
        return self.method == "POST"


class _Declare(Protocol):
    def __call__(self, path: str, contract: Contract[Any, Any], limited_as: Group | None = None, /) -> Route: ...


get: _Declare = partial(Route, "GET")
post: _Declare = partial(Route, "POST")
put: _Declare = partial(Route, "PUT")
delete: _Declare = partial(Route, "DELETE")
