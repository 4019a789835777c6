"""No type of ours shows what its fields hold that go by the name of a secret."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, get_args

import admin_service
import auth_service
import contracts
import customer_service
import flowctl
import flowkit
import gateway_service
import msgspec
import notification_service
import order_service
import payment_service
import pytest
from flowkit.contract import Payload
from flowkit.process.settings import ServiceSettings
from flowkit.secret import names_a_secret
from flowkit.telemetry.concealed import conceal, without_concealed
from msgspec import Struct

PACKAGES = (
    flowkit,
    contracts,
    flowctl,
    gateway_service,
    auth_service,
    admin_service,
    customer_service,
    order_service,
    payment_service,
    notification_service,
)
CANARY = "hunter2 and a half"


def every_type() -> Iterator[type]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith(("__main__", ".testing.fixtures")) or ".migrations.versions" in found.name:
                continue
            module = importlib.import_module(found.name)
            yield from (each for each in vars(module).values() if is_ours(each, module.__name__))


def is_ours(each: object, module: str) -> bool:
    if not isinstance(each, type) or each.__module__ != module:
        return False
    return dataclasses.is_dataclass(each) or issubclass(each, Struct)


def fields_of(kind: Any) -> dict[str, Any]:
    """By their names, with their types."""
    of = msgspec.structs.fields(kind) if issubclass(kind, Struct) else dataclasses.fields(kind)
    return {field.name: field.type for field in of}


def holds(of: Any, *what: type) -> bool:
    return of in what or any(holds(inner, *what) for inner in get_args(of))


def names_one(name: str) -> bool:
    """How many tokens somebody may try is no secret."""
    return names_a_secret(name) and not name.startswith("limit_")


def named_secret(kind: type) -> list[str]:
    return [name for name, of in fields_of(kind).items() if names_one(name) and holds(of, str, bytes)]


def with_canaries(kind: Any) -> Any:
    """One whose secret fields hold a canary, made without asking whether it makes sense."""
    if issubclass(kind, Struct):
        return kind(**dict.fromkeys(kind.__struct_fields__, "x") | dict.fromkeys(named_secret(kind), CANARY))
    made = object.__new__(kind)
    for name in fields_of(kind):
        object.__setattr__(made, name, "x")
    for name in named_secret(kind):
        object.__setattr__(made, name, CANARY)
    return made


TELLING = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in every_type() if named_secret(kind)}


@pytest.mark.parametrize("name", TELLING)
def test_a_type_does_not_show_its_secrets(name: str) -> None:
    kind = TELLING[name]

    assert CANARY not in repr(with_canaries(kind))


@pytest.mark.parametrize("name", [name for name, kind in TELLING.items() if issubclass(kind, Payload)])
def test_what_a_payload_holds_is_concealed_from_exceptions(name: str) -> None:
    payload = with_canaries(TELLING[name])

    conceal(payload)

    assert CANARY not in without_concealed(f"it went wrong with {CANARY}")


def test_a_setting_that_holds_a_secret_is_one() -> None:
    settings = [kind for kind in every_type() if issubclass(kind, ServiceSettings)]
    telling = {
        f"{kind.__name__}.{name}": of
        for kind in settings
        for name, of in fields_of(kind).items()
        if names_one(name) or name.endswith(("_url", "_key"))
    }

    assert {name for name, of in telling.items() if holds(of, str)} == set()
    assert {
        "ServiceSettings.nats_url",
        "DatabaseSettings.database_url",
        "Settings.keys_encryption_key",
    } <= telling.keys()


@dataclasses.dataclass
class Careless:
    token: str


def test_whoever_looks_would_find_a_careless_type() -> None:
    assert CANARY in repr(with_canaries(Careless))


def test_the_types_that_are_looked_at_are_those_that_matter() -> None:
    assert {
        "contracts.customer.NewCustomer",
        "contracts.auth.SignedIn",
        "contracts.auth.TokenToValidate",
        "customer_service.ports.Account",
        "flowkit.bus.nats.options.Server",
        "flowkit.call.call.Call",
    } <= TELLING.keys()
