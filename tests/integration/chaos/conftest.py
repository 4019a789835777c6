"""What every test of chaos needs: figures told at the end, and a place for a cluster's state."""

from collections.abc import AsyncGenerator, Callable

import pytest

from tests.figures import FIGURE

from .system import System


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[System]:
    """One of each, so that nobody stands in for the part that is taken away."""
    async with System.running(tmp_path_factory.mktemp("alone") / ".flow") as system:
        yield system


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keep a figure this test has seen; all are listed when the run ends, whether it passed or not."""

    def keep(figure: str) -> None:
        request.node.user_properties.append((FIGURE, figure))

    return keep
