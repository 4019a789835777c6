"""Each check finds the mistake it is there for."""

from collections.abc import Callable, Iterable
from copy import deepcopy

import pytest

from tests.observability.grammar import Language

from . import appearance, meaning, ways
from .reading import Board, Json, Question, boards

# The first of them fetches the grammars.
pytestmark = pytest.mark.timeout(180)

ALL = boards()

type Spoil = Callable[[Json], None]
"""Does something to a panel, the second of the overview."""
type Check = Callable[[Board], Iterable[str]]


def spoilt(spoil: Spoil) -> Board:
    json = deepcopy(ALL["flow-overview"].json)
    spoil(json["panels"][1])
    return Board(json)


def given(**changes: object) -> Spoil:
    return lambda panel: panel.update(changes)


def without_unit(panel: Json) -> None:
    del panel["fieldConfig"]["defaults"]["unit"]


def in_parsecs(panel: Json) -> None:
    panel["fieldConfig"]["defaults"]["unit"] = "parsecs"


def without_a_word_on_emptiness(panel: Json) -> None:
    del panel["fieldConfig"]["defaults"]["noValue"]


def asking_nobody(panel: Json) -> None:
    panel["targets"][0]["datasource"] = {"type": "prometheus", "uid": "nobody"}


def asking_twice_by_one_name(panel: Json) -> None:
    panel["targets"].append(panel["targets"][0])


def asking(expr: str) -> Spoil:
    return lambda panel: panel["targets"][0].update(expr=expr)


def leading_to(*urls: str) -> Spoil:
    links = [{"title": "Away", "url": url} for url in urls]
    return lambda panel: panel["fieldConfig"]["defaults"].update(links=links)


PANELS: list[tuple[Spoil, Check, str]] = [
    (given(title=""), appearance.of_panels, "has no title"),
    (given(description=""), appearance.of_panels, "has no description"),
    (without_unit, appearance.of_panels, "has no unit"),
    (in_parsecs, appearance.of_panels, "has the unit parsecs"),
    (without_a_word_on_emptiness, appearance.of_panels, "has no what it means to be empty"),
    (given(targets=[]), appearance.of_panels, "asks nothing"),
    (asking_nobody, appearance.of_panels, "asks nobody, which is no datasource"),
    (asking_twice_by_one_name, appearance.of_panels, "has two questions of one name"),
    (given(id=3), appearance.of_ids, "id 3 is there 2 times"),
    (given(title="Requests that fail"), appearance.of_ids, "title Requests that fail is there 2 times"),
    (given(gridPos={"x": 3, "y": 1, "w": 4, "h": 5}), appearance.of_places, "overlap"),
    (given(gridPos={"x": 22, "y": 90, "w": 4, "h": 5}), appearance.of_places, "wider than the screen"),
    (leading_to("/d/flow-traces?${__url_time_range}"), ways.missing, "leads to no flow-logs"),
    (leading_to("/d/flow-logs?${__url_time_range}"), ways.missing, "leads to no flow-traces"),
    (leading_to("/d/flow-logs?var-x=${__field.labels.flow}"), ways.of_labels_that_are_not_there, "links by flow"),
    (leading_to("/d/lost?${__url_time_range}"), lambda board: ways.astray(board, ALL), "there is no dashboard lost"),
    (leading_to("/d/flow-logs?var-x=1&${__url_time_range}"), lambda board: ways.astray(board, ALL), "no variable x"),
    (leading_to("/d/flow-logs?"), lambda board: ways.astray(board, ALL), "leads to another time"),
    (leading_to("https://example.org"), lambda board: ways.astray(board, ALL), "leads to no dashboard"),
    (asking('up{job="$nobody"}'), meaning.unknown_choices, "$nobody is no variable"),
    (asking("rate(up[1m])"), meaning.wrong_windows, "1m is a window of its own"),
]


@pytest.mark.parametrize(("spoil", "check", "told"), PANELS, ids=[told for _, _, told in PANELS])
def test_a_mistake_in_a_panel_is_told(spoil: Spoil, check: Check, told: str) -> None:
    assert any(told in fault for fault in check(spoilt(spoil)))


@pytest.mark.parametrize("panel", ["What came of them, a second", "Given up, by service, event and reason"])
def test_a_figure_of_events_without_a_way_to_their_traces_is_told(panel: str) -> None:
    json = deepcopy(ALL["flow-events"].json)
    (found,) = (each for each in json["panels"] if each["title"] == panel)
    found["fieldConfig"]["defaults"]["links"] = []

    assert f"{panel} leads to no flow-traces" in ways.missing(Board(json))


def test_the_series_a_map_is_made_of_are_asked_for_like_any_other() -> None:
    asked = [question for question in ALL["flow-events"].questions if question.panel.startswith("Who tells whom")]

    assert [question.text.endswith('{connection_type="messaging_system"}') for question in asked] == [True]


def test_a_choice_that_is_never_used_is_told() -> None:
    json = deepcopy(ALL["flow-overview"].json)
    json["templating"]["list"].append({"name": "idle"})

    assert "$idle is asked for and never used" in meaning.unknown_choices(Board(json))


def test_streams_that_might_be_any_are_told() -> None:
    json = deepcopy(ALL["flow-logs"].json)
    json["templating"]["list"][0]["allValue"] = ".*"

    assert len(list(meaning.boundless(Board(json)))) == len(Board(json).questions)


def test_a_table_whose_rows_open_nothing_is_told() -> None:
    json = deepcopy(ALL["flow-traces"].json)
    json["panels"][1]["fieldConfig"]["overrides"] = []

    assert any("does not open its trace" in fault for fault in ways.unopened(Board(json)))


@pytest.mark.parametrize(("uid", "wanted"), [("flow-overview", "5s"), ("flow-traces", "off")])
def test_a_dashboard_that_is_not_asked_anew_as_it_should_be_is_told(uid: str, wanted: str) -> None:
    json = ALL[uid].json | {"refresh": "1h"}

    assert list(appearance.of_the_whole(Board(json))) == [f"refresh is not {wanted}"]


def test_traces_of_any_time_are_told() -> None:
    json = deepcopy(ALL["flow-traces"].json)
    json["panels"][1]["targets"][0]["query"] = "{ true }"

    assert len(list(meaning.of_any_time(Board(json)))) == 1


def test_what_the_sdk_does_not_know_is_told() -> None:
    assert list(appearance.lost({"a": [{"b": 1}]}, {"a": [{"c": 1}]})) == [".a[0].b is 1, and is read as None"]


QUESTIONS: list[tuple[Language, str, str]] = [
    ("promql", "sum(rate(flow_handled_total[$__rate_interval]) by", "does not parse"),
    ("promql", "rate(flow_renamed_total[$__rate_interval])", "there is no metric flow_renamed_total"),
    ("promql", "sum by (route) (flow_handled_total)", "no metric here has a label route"),
    ("promql", 'flow_handled_total{step="x"}', "no metric here has a label step"),
    ("promql", "sum by (flow) (events_handled_total)", "no metric here has a label flow"),
    ("promql", "max(events_unread)", "there is no metric events_unread"),
    ("promql", 'traces_service_graph_request_total{kind="messaging_system"}', "no metric here has a label kind"),
    ("traceql", '{ span.flow.event.name = "x" }', "no span has an attribute flow.event.name"),
    ("traceql", '{ span.flow.error_code = "x" ', "does not parse"),
    ("traceql", '{ span.flow.error_code == "x" }', "does not parse"),
    ("traceql", '{ event:title = "x" }', "does not parse"),
    ("traceql", '{ span.flow.errorCode = "x" }', "no span has an attribute flow.errorCode"),
    ("traceql", "{ true } | select(span.flow.renamed)", "no span has an attribute flow.renamed"),
    ("logql", '{service_name="x"} | event=', "does not parse"),
    ("logql", '{service="x"}', "no line has a label service"),
    ("logql", '{service_name="x"} | traceID="y"', "no line has a label traceID"),
    ("logql", 'sum by (level) (count_over_time({service_name="x"} [$__auto]))', "no line has a label level"),
    ("logql", '{service_name="x"} | line_format `{{ .took }}`', "no line tells took"),
]


@pytest.mark.parametrize(("language", "text", "told"), QUESTIONS, ids=[text for _, text, _ in QUESTIONS])
def test_a_mistake_in_a_question_is_told(language: Language, text: str, told: str) -> None:
    (found,) = meaning.read([Question("any", language, text)])

    assert any(told in fault for fault in (*meaning.unreadable(found), *meaning.unknown(found)))


def test_what_a_line_format_takes_out_of_a_line_may_be_told() -> None:
    told = "`{{ .took }} {{ range .steps }}{{ .step }}{{ end }}`"
    text = f'{{service_name="x"}} | json took="duration_ms" | line_format {told}'
    (found,) = meaning.read([Question("any", "logql", text)])

    assert set(meaning.unknown(found)) == {"no line tells steps"}
