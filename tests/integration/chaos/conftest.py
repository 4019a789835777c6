"""What every test of chaos needs: figures told at the end, and a place for a cluster's state."""

from collections.abc import AsyncGenerator, Callable

import pytest
from _pytest.terminal import TerminalReporter

from .system import System

FIGURE = "figure"


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


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = [report for name in ("passed", "failed") for report in terminalreporter.getreports(name)]
    told = [
        (report.nodeid.rpartition("::")[2], value)
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == FIGURE
    ]
    if told:
        terminalreporter.section("figures")
    for test, figure in told:
        terminalreporter.line(f"{test}: {figure}")
