"""What the table says, seen in what is really emitted; and how spans and lines find each other."""

from collections import defaultdict

import pytest
from flowkit.telemetry import names
from httpx import AsyncClient

from tests.cluster import Line, People, Running
from tests.cluster.metrics import figures

from .matrix import MATRIX
from .receiver import Receiver
from .tour import Tour, said, taken

OF_A_MESSAGE = (
    *(names.EVENT, names.EVENT_ID, names.MESSAGING_MESSAGE),
    *(names.MESSAGING_DESTINATION, names.MESSAGING_TEMPLATE),
)
# What the line of a reaction has of its span.
AS_ON_THE_SPAN = {
    "attempt": names.ATTEMPT,
    "outcome": names.OUTCOME,
    "event_id": names.EVENT_ID,
    "reason": names.DEAD_REASON,
}
# Told by a busy machine, where hashing takes longer than a refusal should; it is no word about the request.
LATE = {"a refusal took longer than all should"}
ATTRIBUTES = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}


@pytest.fixture(scope="session")
async def tour(http: AsyncClient, people: People, receiver: Receiver) -> Tour:
    return await taken(http, people, receiver)


@pytest.mark.parametrize("service", MATRIX)
def test_a_service_emits_these_spans_and_no_other(tour: Tour, service: str) -> None:
    spans = [span for span in tour.spans if span.service == service]

    assert {span.name for span in spans if span.kind == "SERVER"} == MATRIX[service].serves
    assert {span.name for span in spans if span.kind == "CLIENT"} == {f"request {to}" for to in MATRIX[service].calls}
    for kind, verb, events in (
        ("PRODUCER", "publish", MATRIX[service].publishes),
        ("CONSUMER", "process", MATRIX[service].processes),
    ):
        assert {span.name for span in spans if span.kind == kind} == {f"{verb} {event}" for event in events}
    assert {span.kind for span in spans} <= {"SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"}


@pytest.mark.parametrize("service", MATRIX)
def test_a_service_tells_of_requests_in_these_lines_and_no_other(tour: Tour, service: str) -> None:
    lines = [line for line in tour.lines if line.resource["service.name"] == service]

    assert {said(line)["event"] for line in lines} - LATE == MATRIX[service].lines


@pytest.mark.parametrize("service", MATRIX)
@pytest.mark.usefixtures("tour")
async def test_a_service_tells_how_it_came_up(receiver: Receiver, service: str) -> None:
    for event in MATRIX[service].itself:
        assert (await receiver.line(service, event)).trace_id == "", event


@pytest.mark.parametrize("service", MATRIX)
@pytest.mark.usefixtures("tour")
async def test_a_service_keeps_these_metrics_and_no_other(cluster: Running, service: str) -> None:
    told = await figures(cluster.service(service).ops_url)

    families = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name, _ in told.values}
    assert families == MATRIX[service].metrics


def test_the_edges_between_services_are_the_calls_of_the_table(tour: Tour) -> None:
    owners = {name: service for service, emits in MATRIX.items() for name in emits.serves}

    edges = defaultdict[tuple[str, str], set[str]](set)
    for caller, callee, name in tour.edges:
        edges[caller, callee].add(name)

    expected = defaultdict[tuple[str, str], set[str]](set)
    for caller, emits in MATRIX.items():
        for name in emits.calls:
            expected[caller, owners[name]].add(name)
    assert edges == expected


def test_events_lead_from_whoever_tells_them_to_all_who_are_to_act_on_them(tour: Tour) -> None:
    tellers = {event: service for service, emits in MATRIX.items() for event in emits.publishes}

    assert set(tour.told) == {
        (tellers[event], service, event) for service, emits in MATRIX.items() for event in emits.processes
    }


def test_an_event_is_the_same_message_wherever_it_is_told_of(tour: Tour) -> None:
    published = {span.span_id: span for span in tour.spans if span.kind == "PRODUCER"}
    for span in (span for span in tour.spans if span.kind in ("PRODUCER", "CONSUMER")):
        origin = published[span.parent_id if span.kind == "CONSUMER" else span.span_id]
        told, subject = span.attributes, span.attributes[names.MESSAGING_DESTINATION]
        assert [told[name] for name in OF_A_MESSAGE] == [origin.attributes[name] for name in OF_A_MESSAGE]
        assert told[names.MESSAGING_SYSTEM] == "nats"
        assert span.name.endswith(f" {told[names.MESSAGING_TEMPLATE]}")
        assert subject.startswith(f"event.{told[names.EVENT]}.v")
        assert told[names.MESSAGING_OPERATION_NAME] == span.name.split()[0]


def test_each_span_that_serves_has_its_line_and_each_line_its_span(tour: Tour) -> None:
    spans = {(span.trace_id, span.span_id): span for span in tour.spans}
    stories = [line for line in tour.lines if said(line)["event"] in ("request", "flow", names.EVENT_HANDLED)]

    assert {key for key, span in spans.items() if span.kind in ("SERVER", "CONSUMER")} == {
        (line.trace_id, line.span_id) for line in stories
    }
    assert len(stories) == len({(line.trace_id, line.span_id) for line in stories})
    for line in tour.lines:
        assert spans[line.trace_id, line.span_id].service == line.resource["service.name"]
    for line in stories:
        told, span = said(line), spans[line.trace_id, line.span_id]
        assert told.get("flow") in (None, span.name.removeprefix("process "))
        assert (told.get("parent_span_id") or "") == ("" if told["event"] == "request" else span.parent_id)
        assert told.get("error_code") == span.attributes.get(names.ERROR_CODE)
        assert [told.get(name) for name in AS_ON_THE_SPAN] == [
            span.attributes.get(at) for at in AS_ON_THE_SPAN.values()
        ]


async def test_what_is_sent_is_what_is_written(tour: Tour, cluster: Running) -> None:
    for line in tour.lines:
        service, told = line.resource["service.name"], said(line)

        def written(service: str = service, told: Line = told) -> list[Line]:
            return [each for each in cluster.log.lines[service] if each == told]

        await cluster.log.until(written, line.body)
        assert (told["trace_id"], told["span_id"]) == (line.trace_id, line.span_id)


def test_every_attribute_is_in_the_list_of_names(tour: Tour) -> None:
    told = {key for span in tour.spans for key in span.attributes}
    told |= {key for span in tour.spans for event in span.events for key in event.attributes}
    lines = {key for line in tour.lines for key in line.attributes}

    assert told <= ATTRIBUTES
    assert lines <= ATTRIBUTES | set(names.LOG_ATTRIBUTES)


def test_a_resource_tells_which_service_which_version_which_replica(tour: Tour) -> None:
    wanted = {"service.name", "service.version", "service.instance.id"}
    for resource in [span.resource for span in tour.spans] + [line.resource for line in tour.lines]:
        assert wanted <= resource.keys()
        assert all(resource[key] for key in wanted)
