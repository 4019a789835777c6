"""A cluster of stand-ins over real servers, one for the tests of this folder, and the making of others."""

import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from flowctl.cluster import Cluster, ServiceSpec

from .heard import Heard

STAND_INS = Path(__file__).parents[1] / "stand_ins"
SPECS = (
    ServiceSpec("gateway", "stand_in", has_database=False),
    ServiceSpec("admin", "stand_in"),
    ServiceSpec("customer", "stand_in", has_database=False),
)
ENVIRON = {"PATH": os.environ["PATH"], "PYTHONPATH": str(STAND_INS)}

type Build = Callable[..., Cluster]


@pytest.fixture(scope="session")
def build() -> Build:
    def build(folder: Path, environ: dict[str, str] | None = None, **options: Any) -> Cluster:
        chosen: dict[str, Any] = {"services": SPECS, "durable": False} | options
        return Cluster(folder, environ=ENVIRON | (environ or {}), **chosen)

    return build


@pytest.fixture(scope="session")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
async def cluster(build: Build, heard: Heard, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Cluster]:
    folder = tmp_path_factory.mktemp("project") / ".flow"
    async with build(folder, replicas={"gateway": 2}, watcher=heard) as cluster:
        yield cluster
