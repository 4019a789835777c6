"""The configurations as they lie in deploy/, and the documented keys each may use."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = {
    "collector": DEPLOY / "otel-collector/config.yaml",
    "tempo": DEPLOY / "tempo/tempo.yaml",
    "loki": DEPLOY / "loki/loki.yaml",
}
_DOCUMENTED = Path(__file__).parent / "documented"

type Node = dict[str, Any]


def read(file: Path) -> Node:
    return cast("Node", yaml.safe_load(file.read_text()))


def collector() -> Node:
    """As the collector reads it: a `$$` is a dollar sign."""
    return cast("Node", yaml.safe_load(FILES["collector"].read_text().replace("$$", "$")))


def keys(node: object, path: str = "") -> Iterator[str]:
    """The path of every value; names of components (`redaction/emails`) and places in lists are left out."""
    if isinstance(node, dict):
        for key, value in cast("Node", node).items():
            yield from keys(value, f"{path}.{key.partition('/')[0]}".removeprefix("."))
    elif isinstance(node, list) and any(isinstance(item, dict) for item in cast("list[object]", node)):
        for item in cast("list[object]", node):
            yield from keys(item, path)
    else:
        yield path


def documented(name: str) -> dict[str, str]:
    """Each key that may be used, and the page that documents it."""
    pages: dict[str, str] = {}
    page = ""
    for line in (_DOCUMENTED / f"{name}.txt").read_text().splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            page = heading[1]
        elif line and not line.startswith("#"):
            pages[line] = page
    return pages
