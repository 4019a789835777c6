"""What each panel says of itself, and where it stands. Each check tells what is wrong, in words."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Final, cast

from grafana_foundation_sdk.models import units

from .reading import Board, Json

_WIDTH: Final = 24
_SENTENCE: Final = 10
_UNITS: Final = frozenset(value for value in vars(units).values() if isinstance(value, str))
SOURCES: Final = {"prometheus": "prometheus", "tempo": "tempo", "loki": "loki"}
"""The uid of each datasource there is, by its type."""


def of_panels(board: Board) -> Iterator[str]:
    for panel in board.panels:
        yield from (f"{panel['title'] or panel['id']}: {fault}" for fault in _faults(panel))


def of_ids(board: Board) -> Iterator[str]:
    for kind in ("id", "title"):
        counted = Counter(panel[kind] for panel in board.json["panels"])
        yield from (f"{kind} {value} is there {count} times" for value, count in counted.items() if count > 1)


def of_places(board: Board) -> Iterator[str]:
    for panel in board.json["panels"]:
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > _WIDTH:
            yield f"{panel['title']} is wider than the screen"
    for one, other in combinations(board.json["panels"], 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']} and {other['title']} overlap"


def of_the_whole(board: Board) -> Iterator[str]:
    # A trace that is answered anew folds up all that was unfolded in it.
    refresh = "" if any(panel["type"] == "traces" for panel in board.panels) else "5s"
    wanted = {"refresh": refresh, "time": {"from": "now-15m", "to": "now"}, "tags": ["flow"]}
    yield from (f"{key} is not {value or 'off'}" for key, value in wanted.items() if board.json[key] != value)
    if len(board.json.get("description", "")) < _SENTENCE:
        yield "the dashboard does not say what it is for"


def _faults(panel: Json) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    told = {"title": panel["title"], "unit": defaults.get("unit"), "what it means to be empty": defaults.get("noValue")}
    yield from (f"has no {what}" for what, value in told.items() if not value)
    if told["unit"] and told["unit"] not in _UNITS:
        yield f"has the unit {told['unit']}, which Grafana has not"
    if len(panel.get("description", "")) < _SENTENCE:
        yield "has no description"
    if not panel.get("targets"):
        yield "asks nothing"
    refs = [target["refId"] for target in panel.get("targets", [])]
    if len(set(refs)) < len(refs):
        yield "has two questions of one name"
    for asked in (panel["datasource"], *(target["datasource"] for target in panel.get("targets", []))):
        if SOURCES.get(asked["type"]) != asked["uid"]:
            yield f"asks {asked['uid']}, which is no datasource"


def _overlap(one: Json, other: Json) -> bool:
    return not (
        one["x"] + one["w"] <= other["x"]
        or other["x"] + other["w"] <= one["x"]
        or one["y"] + one["h"] <= other["y"]
        or other["y"] + other["h"] <= one["y"]
    )


def lost(written: object, known: object, place: str = "") -> Iterator[str]:
    """What the SDK, having read what was written, knows nothing of."""
    if isinstance(written, dict) and isinstance(known, dict):
        for key, value in cast("Json", written).items():
            yield from lost(value, cast("Json", known).get(key), f"{place}.{key}")
    elif isinstance(written, list) and isinstance(known, list):
        for number, (one, other) in enumerate(
            zip(cast("list[object]", written), cast("list[object]", known), strict=True)
        ):
            yield from lost(one, other, f"{place}[{number}]")
    elif written != known:
        yield f"{place} is {written!r}, and is read as {known!r}"
