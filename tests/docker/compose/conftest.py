"""One project for all that does not end it; whoever does starts one of its own."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from .project import Project, started

HERE = Path(__file__).parent
# The first test of all waits for images that are not here yet.
TIMEOUT_S = 900
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="package")
async def project(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Project]:
    async with started(tmp_path_factory.mktemp("project")) as project:
        yield project


@pytest.fixture(autouse=True)
async def _last_words(request: pytest.FixtureRequest) -> AsyncGenerator[None]:
    """A failure shows what the containers said last."""
    yield
    if not request.node.stash.get(FAILED, False):
        return
    project: Project | None = request.node.funcargs.get("project")
    if project is not None:
        print(await project.last_words())  # noqa: T201  pytest shows it with the failure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = report.failed
    return report
