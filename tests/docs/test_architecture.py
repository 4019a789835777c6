"""docs/architecture.md says where services are named: a new one is named in each of those places, and in no other."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from flowctl.cluster import SERVICES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
_TEXT = {".py", ".yaml", ".yml", ".toml", ".conf", ".sh", ".sql", ""}
_NAMES = [re.compile(rf"\b{spec.name}(\b|[_-]service)") for spec in SERVICES]


def told() -> set[str]:
    section = PAGE.partition("\n## One service more\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    return {path for row in rows for path in re.findall(r"`([^`]+)`", row)}


def searched() -> Iterator[Path]:
    """All but the services themselves, the tests, and what is made of either."""
    for path in chain(
        ROOT.iterdir(), (ROOT / "deploy").rglob("*"), *(lib.rglob("*") for lib in ROOT.glob("libs/*/src"))
    ):
        if path.is_file() and path.suffix in _TEXT and path.name not in (".git", "uv.lock"):
            yield path


def names_every_service(path: Path) -> bool:
    text = path.read_text()
    return all(name.search(text) for name in _NAMES)


def test_every_service_is_named_where_the_page_says_and_nowhere_else() -> None:
    assert {str(path.relative_to(ROOT)) for path in searched() if names_every_service(path)} == told()
