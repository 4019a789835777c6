"""The running cluster a command speaks to: the nearest `.flow/cluster.json`, or what the environment names."""

import os
from pathlib import Path

from flowctl.cluster import Description, description
from flowctl.failure import WRONGLY_ASKED, Failure


def nats_url() -> str:
    return _told("NATS_URL") or described().nats_url


def nats_ca() -> str:
    """The certificate that NATS's own is signed with; empty where that is for the system to know."""
    if (given := _told("NATS_CA")) or _told("NATS_URL"):
        return given
    file = described().nats_ca
    return Path(file).read_text() if file else ""


def _told(name: str) -> str:
    """By the environment, or by the file it names; empty where neither does."""
    if (file := os.environ.get(f"{name}_FILE")) and not os.environ.get(name):
        try:
            return Path(file).read_text().strip()
        except OSError as fault:
            raise Failure(f"{name}_FILE: {file} cannot be read: {fault.strerror}", WRONGLY_ASKED) from None
    return os.environ.get(name, "")


def database_urls() -> dict[str, str]:
    """Of each service that has one."""
    return {each.name: each.database_url for each in described().services if each.database_url}


def state_folder() -> Path | None:
    file = description.find(Path.cwd())
    return None if file is None else file.parent


def described() -> Description:
    file = description.find(Path.cwd())
    if file is None:
        raise Failure("no cluster runs here: start one with `flow up`, or name one with NATS_URL")
    return description.read(file)
