"""`.flow/cluster.json`: what a running cluster tells of itself to tools and tests."""

import os
from pathlib import Path
from typing import Self

import msgspec
from msgspec import UNSET, Struct, UnsetType

from flowctl.cluster.process import Process

FILE = "cluster.json"


class ServiceEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    pid: int
    ops_url: str
    url: str | UnsetType = UNSET
    database_url: str | UnsetType = UNSET

    @classmethod
    def of(cls, name: str, process: Process) -> Self:
        return cls(
            name=name,
            pid=process.pid,
            ops_url=process.ops_url,
            url=process.url or UNSET,
            database_url=process.database_url or UNSET,
        )


class Description(Struct, frozen=True, kw_only=True, omit_defaults=True):
    gateway_url: str
    nats_url: str
    nats_ca: str | UnsetType = UNSET
    """The file of the certificate that NATS's own is signed with, where it speaks TLS."""
    services: tuple[ServiceEntry, ...]


def write(description: Description, file: Path) -> None:
    write_whole(msgspec.json.format(msgspec.json.encode(description)) + b"\n", file)


def write_whole(data: bytes, file: Path) -> None:
    """All of it or nothing, and for its owner alone: it holds passwords."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
    unfinished.replace(file)


def read(file: Path) -> Description:
    return msgspec.json.decode(file.read_bytes(), type=Description)


def find(start: Path) -> Path | None:
    """The description of the cluster of this folder, or of the nearest one above."""
    candidates = (folder / ".flow" / FILE for folder in [start, *start.parents])
    return next((file for file in candidates if file.is_file()), None)
