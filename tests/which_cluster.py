"""Which cluster the stories run on: processes of this machine, or with --cluster=containers the images as deployed."""

import time
from collections.abc import Generator, Iterable

import pytest
from _pytest.terminal import TerminalReporter

from .cluster.containers import (
    Containers,
    NoEngine,
    NotBuilt,
    build,
    remove_leftovers,
    require_engine,
    settle_who_cleans_up,
    this_machine_for_containers,
)
from .cluster.local import Processes
from .cluster.starter import Starter

PROCESSES, CONTAINERS, DOCKER = "processes", "containers", "docker"
STARTER, DOCKED = pytest.StashKey[Starter](), pytest.StashKey[Containers]()
CANNOT_RUN = 4
# A test's own time holds the start of the cluster it is the first to use, and containers start later than processes.
TIMEOUT_S = 240


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "what the stories run on: processes of this machine, or containers of images that are built first"
    parser.addoption("--cluster", choices=(PROCESSES, CONTAINERS), default=PROCESSES, help=told)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[STARTER] = Processes()


def over_containers(config: pytest.Config) -> bool:
    return config.getoption("--cluster") == CONTAINERS


def bound_to_processes(items: Iterable[pytest.Item]) -> list[tuple[pytest.Item, str]]:
    """The stories that cannot run over containers, and why."""
    marked = ((item, item.get_closest_marker(PROCESSES)) for item in items)
    return [(item, str(marker.args[0])) for item, marker in marked if marker is not None]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if over_containers(config):
        for item in items:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S))
    for item, reason in bound_to_processes(items):
        if over_containers(config):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Here, since no test's own time is long enough to build in."""
    config = session.config
    asked = {name for item in session.items for name in _fixtures_of(item)}
    wants_images = "containers" in asked or (over_containers(config) and "starter" in asked)
    if config.option.collectonly or not (wants_images or any(map(_is_docked, session.items))):
        return
    try:
        require_engine()
        remove_leftovers()
        _tell(config, settle_who_cleans_up())
        if wants_images:
            _build(config)
    except (NoEngine, NotBuilt) as fault:
        pytest.exit(f"\n\n{fault}\n", CANNOT_RUN)


def _build(config: pytest.Config) -> None:
    began = time.monotonic()
    config.stash[DOCKED] = containers = Containers(build(), this_machine_for_containers())
    if over_containers(config):
        config.stash[STARTER] = containers
    _tell(config, f"containers: images built in {time.monotonic() - began:.1f} s")


def _is_docked(item: pytest.Item) -> bool:
    return item.get_closest_marker(DOCKER) is not None


def _fixtures_of(item: pytest.Item) -> Iterable[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else ()


def _tell(config: pytest.Config, line: str) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(reporter, TerminalReporter)
    reporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the containers said last."""
    report = yield
    if report.failed and (containers := item.config.stash.get(DOCKED, None)) is not None:
        for name, lines in containers.last_words().items():
            report.sections.append((f"last lines of {name}", "\n".join(lines)))
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Nothing is left out in silence."""
    skipped = [report for report in terminalreporter.getreports("skipped") if report.when == "setup"]
    if not over_containers(config) or not skipped:
        return
    terminalreporter.section("not run over containers")
    for report in skipped:
        _, _, reason = report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
