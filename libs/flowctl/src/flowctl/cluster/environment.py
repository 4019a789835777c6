"""What a service is told of the cluster; the rest of the environment is handed on as it is."""

from collections.abc import Mapping
from typing import Annotated, Literal

from flowkit.process.settings import BadSettings, Secret, read
from msgspec import Meta, Struct

# Ours to say; a value from outside would lead a service away from its cluster.
OURS = ("NATS_URL", "NATS_CA", "DATABASE_URL", "OPS_HOST", "OPS_PORT", "HOST", "PORT", "LOG_FORMAT", "BLACK_BOX_DIR")
# One service's alone to know.
ROOT_ADMIN_PASSWORD = "ROOT_ADMIN_PASSWORD"  # noqa: S105  a variable's name
KEYS_ENCRYPTION_KEY = "KEYS_ENCRYPTION_KEY"
SMTP_PASSWORD = "SMTP_PASSWORD"  # noqa: S105  a variable's name
PRIVATE = (ROOT_ADMIN_PASSWORD, KEYS_ENCRYPTION_KEY, SMTP_PASSWORD)


class BadRootPassword(Exception):
    """What is given as the root admin's password cannot be one."""


class BadBusTls(Exception):
    """What is given as BUS_TLS is neither on nor off."""


class _Bus(Struct, frozen=True):
    bus_tls: Literal["on", "off"] = "off"


class _Given(Struct, frozen=True):
    root_admin_password: Annotated[Secret, Meta(min_length=1, max_length=128)] | None = None


def of_a_service(outer: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    withheld = (*OURS, *PRIVATE)
    dropped = {*withheld, *(f"{name}_FILE" for name in withheld)}
    rest = {name: value for name, value in outer.items() if name not in dropped}
    return {**rest, "LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1", **given}


def handed_on(variable: str, outer: Mapping[str, str]) -> dict[str, str]:
    """As it was given, by itself or as a file, to the one service that may know it."""
    return {name: outer[name] for name in (variable, f"{variable}_FILE") if outer.get(name)}


def wants_tls(outer: Mapping[str, str]) -> bool:
    try:
        return read(_Bus, outer).bus_tls == "on"
    except BadSettings as bad:
        raise BadBusTls(str(bad.problems[0])) from None


def given_root_password(outer: Mapping[str, str]) -> str | None:
    """Read as the admin service would, but before anything is started."""
    try:
        given = read(_Given, outer).root_admin_password
    except BadSettings as bad:
        raise BadRootPassword(str(bad.problems[0])) from None
    return None if given is None else given.reveal()
