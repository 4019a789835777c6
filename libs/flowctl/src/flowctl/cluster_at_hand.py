"""The running cluster a command speaks to: the nearest `.flow/cluster.json`, or what the environment names."""

import os
from pathlib import Path

from flowctl.cluster import Description, description
from flowctl.failure import Failure


def nats_url() -> str:
    if given := os.environ.get("NATS_URL"):
        return given
    return described().nats_url


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
