"""What the pages say of alerts, panels and Compose's variables is what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def titles(panels: list[dict[str, Any]]) -> Iterator[str]:
    for panel in panels:
        yield panel["title"]
        yield from titles(panel.get("panels", []))


def test_every_alert_has_its_place_on_the_page_and_no_other_has() -> None:
    declared = {
        name
        for file in (DEPLOY / "prometheus/rules").iterdir()
        for name in re.findall(r"- alert: (\w+)", file.read_text())
    }

    assert set(re.findall(r"^### (\w+)$", section(OPERATIONS, "Alerts"), re.MULTILINE)) == declared


def test_every_dashboard_has_its_place_and_every_panel_named_is_there() -> None:
    boards = [json.loads(file.read_text()) for file in (DEPLOY / "grafana/provisioned").glob("*.json")]
    panels = {title for board in boards for title in titles(board["panels"])}
    told = section(OPERATIONS, "Dashboards")

    assert set(re.findall(r"^### (.+)$", told, re.MULTILINE)) == {board["title"] for board in boards}
    pages = told + section(OPERATIONS, "Alerts") + section(README, "What to look at in Grafana")
    named = re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", pages)
    assert named
    assert [name for name in named if not any(title.startswith(name.replace("\n   ", " ")) for title in panels)] == []


def test_every_variable_compose_reads_is_told() -> None:
    files = [*(DEPLOY / "compose").glob("*.yaml"), DEPLOY / "otel-collector/config.yaml"]
    read = {name for file in files for name in re.findall(r"\$\{(?:env:)?([A-Z_]+)", file.read_text())}
    read |= {"ROOT_ADMIN_PASSWORD"}  # handed on by its name alone
    images = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose/images.env").read_text(), re.MULTILINE))

    told = re.findall(r"^\| (`[A-Z_`, ]+) \|", section(OPERATIONS, "Compose"), re.MULTILINE)
    assert set(re.findall(r"[A-Z_]+", " ".join(told))) == read - images
