"""The dashboards as Grafana reads them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.grafana.dashboards.written import FOLDER
from tests.observability.grammar import Language

type Json = dict[str, Any]

_LANGUAGES: dict[str, Language] = {"prometheus": "promql", "tempo": "traceql", "loki": "logql"}
_OF_A_MAP = "traces_service_graph_request_total"


@dataclass(frozen=True, slots=True)
class Question:
    """What a panel asks of whom."""

    panel: str
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Board:
    json: Json

    @property
    def uid(self) -> str:
        return self.json["uid"]

    @property
    def variables(self) -> dict[str, Json]:
        return {variable["name"]: variable for variable in self.json["templating"]["list"]}

    @property
    def panels(self) -> list[Json]:
        """Without the rows' headings."""
        return [panel for panel in self.json["panels"] if panel["type"] != "row"]

    @property
    def questions(self) -> list[Question]:
        """Those in words: a service map has none but which of its series it is made of."""
        asked = [(panel, target) for panel in self.panels for target in panel.get("targets", [])]
        told = [(panel["title"], target["datasource"]["type"], _words(target)) for panel, target in asked]
        maps = [(panel["title"], target["serviceMapQuery"]) for panel, target in asked if "serviceMapQuery" in target]
        return [
            *(Question(title, _LANGUAGES[source], words) for title, source, words in told if words),
            *(Question(title, "promql", f"{_OF_A_MAP}{only}") for title, only in maps),
        ]


def boards() -> dict[str, Board]:
    """Each by its uid, as it stands in the files."""
    found = (Board(json.loads(file.read_text())) for file in sorted(FOLDER.glob("*.json")))
    return {board.uid: board for board in found}


def links_of(panel: Json) -> Iterator[Json]:
    """From its figures, and from single columns."""
    config = panel["fieldConfig"]
    yield from config["defaults"].get("links", [])
    for override in config["overrides"]:
        yield from (link for each in override["properties"] if each["id"] == "links" for link in each["value"])


def _words(target: Json) -> str:
    return target.get("expr") or target.get("query") or ""
