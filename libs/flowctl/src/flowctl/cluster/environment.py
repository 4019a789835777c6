"""What a service is told of the cluster; the rest of the environment is handed on as it is."""

from collections.abc import Mapping
from pathlib import Path

# Ours to say; a value from outside would lead a service away from its cluster.
OURS = ("NATS_URL", "DATABASE_URL", "OPS_HOST", "OPS_PORT", "HOST", "PORT", "LOG_FORMAT", "ROOT_ADMIN_PASSWORD")
ROOT_ADMIN_PASSWORD = "ROOT_ADMIN_PASSWORD"  # noqa: S105  a variable's name


def of_a_service(outer: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    dropped = {*OURS, *(f"{name}_FILE" for name in OURS)}
    handed_on = {name: value for name, value in outer.items() if name not in dropped}
    return {**handed_on, "LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1", **given}


def given_root_password(outer: Mapping[str, str]) -> str | None:
    if path := outer.get(f"{ROOT_ADMIN_PASSWORD}_FILE"):
        return Path(path).read_text().strip()
    return outer.get(ROOT_ADMIN_PASSWORD) or None
