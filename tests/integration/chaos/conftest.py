"""What every test of chaos needs: figures told at the end, and a place for a cluster's state."""

from collections.abc import AsyncGenerator

import pytest

from .system import System


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[System]:
    """One of each, so that nobody stands in for the part that is taken away."""
    async with System.running(tmp_path_factory.mktemp("alone") / ".flow") as system:
        yield system
