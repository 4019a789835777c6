"""Figures that tests have seen, listed when the run ends."""

from _pytest.terminal import TerminalReporter

FIGURE = "figure"


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
