"""What every test of chaos needs: figures told at the end, and a place for a cluster's state."""

from collections.abc import Callable

import pytest
from _pytest.terminal import TerminalReporter

FIGURE = "figure"


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
