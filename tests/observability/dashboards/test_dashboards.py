"""Every dashboard: made of the code, complete, without a way astray, and asking for what there is."""

import json
from collections.abc import Iterable

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards.written import FOLDER, written

from . import appearance, meaning, ways
from .reading import Board, boards

# The first of them fetches the grammars.
pytestmark = pytest.mark.timeout(180)

ALL = boards()
WANTED = {"flow-overview", "flow-flows", "flow-events", "flow-traces", "flow-logs", "flow-infrastructure"}

each_board = pytest.mark.parametrize("board", ALL.values(), ids=ALL)


def none(faults: Iterable[str]) -> bool:
    found = list(faults)
    assert found == [], "\n".join(found)
    return True


def test_there_are_the_dashboards_that_are_to_be() -> None:
    assert ALL.keys() == WANTED


def test_each_is_what_the_code_makes_of_it() -> None:
    committed = {file.name: file.read_text() for file in FOLDER.glob("*.json")}

    assert committed == written(), "run: python -m deploy.grafana.dashboards"


@each_board
def test_each_is_what_the_sdk_knows_as_a_dashboard(board: Board) -> None:
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(board.json)))

    assert none(appearance.lost(board.json, read))


@each_board
def test_each_panel_says_what_it_shows(board: Board) -> None:
    assert none(appearance.of_panels(board))
    assert none(appearance.of_ids(board))
    assert none(appearance.of_places(board))
    assert none(appearance.of_the_whole(board))


@each_board
def test_each_way_leads_somewhere(board: Board) -> None:
    assert none(ways.astray(board, ALL))
    assert none(ways.missing(board))
    assert none(ways.of_labels_that_are_not_there(board))
    assert none(ways.unopened(board))


@each_board
def test_each_question_parses_and_asks_for_names_there_are(board: Board) -> None:
    for found in meaning.read(board.questions):
        faults = [*meaning.unreadable(found), *meaning.unknown(found)]
        assert none(f"{found.question.panel}: {fault}: {found.question.text}" for fault in faults)


@each_board
def test_each_choice_is_offered_and_used(board: Board) -> None:
    assert none(meaning.unknown_choices(board))
    assert none(meaning.wrong_windows(board))
    assert none(meaning.boundless(board))
    assert none(meaning.of_any_time(board))
