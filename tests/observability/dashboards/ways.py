"""Where a click leads. Each check tells what is wrong, in words."""

import re
from collections.abc import Iterator
from typing import Final

from flowkit.telemetry import names

from .reading import Board, Json, links_of

_TO_A_BOARD: Final = re.compile(r"/d/(?P<uid>[\w-]+)\?(?P<rest>.*)")
_SET: Final = re.compile(r"var-(\w+)=")
_LABEL: Final = re.compile(r"__field\.labels\.(\w+)")
_AT_THE_SAME_TIME: Final = "${__url_time_range}"
_TRACES: Final = "flow-traces"
_LOGS: Final = "flow-logs"
# Rate, errors and duration of what people ask for: behind each figure are requests, with traces and lines of their own.
_OF_REQUESTS: Final = (names.FLOWS_HANDLED, names.HTTP_REQUESTS, names.FLOW_DURATION, names.HTTP_DURATION)
# And of events.
_OF_EVENTS: Final = (
    *(names.EVENTS_PUBLISHED, names.EVENT_PUBLISH_FAILURES, names.OUTBOX_LAG),
    *(names.EVENTS_HANDLED, names.EVENTS_REDELIVERED, names.EVENTS_DEAD, names.EVENT_DURATION, names.EVENT_AGE),
)
_REQUESTS: Final = re.compile(rf"(rate|increase)\(({'|'.join((*_OF_REQUESTS, *_OF_EVENTS))})")


def astray(board: Board, all_boards: dict[str, Board]) -> Iterator[str]:
    for panel in board.panels:
        for link in links_of(panel):
            yield from (f"{panel['title']}: {link['title']}: {fault}" for fault in _faults(link["url"], all_boards))


def missing(board: Board) -> Iterator[str]:
    """From every rate, error and duration of requests to traces and to log lines."""
    for panel in board.panels:
        if not any(_REQUESTS.search(target.get("expr", "")) for target in panel["targets"]):
            continue
        leads_to = {_uid(link) for link in links_of(panel)}
        yield from (f"{panel['title']} leads to no {where}" for where in (_TRACES, _LOGS) if where not in leads_to)


def of_labels_that_are_not_there(board: Board) -> Iterator[str]:
    """A link can name only labels of the series it is on: those that they are told apart by."""
    for panel in board.panels:
        labels = {label for link in links_of(panel) for label in _LABEL.findall(f"{link['url']} {link['title']}")}
        asked = " ".join(target.get("expr", "") for target in panel["targets"])
        told_apart = {label.strip() for by in re.findall(r"by \(([^)]*)\)", asked) for label in by.split(",")}
        yield from (f"{panel['title']} links by {label}, which its series have not" for label in labels - told_apart)


def unopened(board: Board) -> Iterator[str]:
    """A row of a table of traces opens its trace."""
    tables = (panel for panel in board.panels if (panel["type"], panel["datasource"]["type"]) == ("table", "tempo"))
    for panel in tables:
        if not any("var-trace_id=${__value.raw}" in link["url"] for link in links_of(panel)):
            yield f"{panel['title']}: a row does not open its trace"


def _faults(url: str, all_boards: dict[str, Board]) -> Iterator[str]:
    found = _TO_A_BOARD.fullmatch(url)
    if found is None:
        yield f"{url} leads to no dashboard"
    elif found["uid"] not in all_boards:
        yield f"there is no dashboard {found['uid']}"
    else:
        chosen = set(_SET.findall(found["rest"])) - all_boards[found["uid"]].variables.keys()
        yield from (f"{found['uid']} has no variable {name}" for name in chosen)
        if _AT_THE_SAME_TIME not in url:
            yield "leads to another time"


def _uid(link: Json) -> str:
    found = _TO_A_BOARD.fullmatch(link["url"])
    return found["uid"] if found else ""
