"""States whose data outlast a cluster, removed with them wherever they lie."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def lasting(tmp_path: Path) -> Generator[Path]:
    """A new one."""
    with removed_afterwards(tmp_path / ".flow") as state:
        yield state


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """One for all tests that ask for it: after the first of them its data are there, which is quick."""
    with removed_afterwards(tmp_path_factory.mktemp("settled") / ".flow") as state:
        yield state


@contextmanager
def removed_afterwards(state: Path) -> Generator[Path]:
    yield state
    if (state / "postgres").exists():
        shutil.rmtree((state / "postgres").resolve())
