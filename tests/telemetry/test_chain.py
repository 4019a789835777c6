"""A registration and all that came of it are one trace: every span of it, each with its steps, word for word."""

from collections.abc import Iterator, Sequence

from httpx import AsyncClient

from tests.cluster.people import a_newcomer

from .receiver import Receiver
from .signing_in import trace_of
from .spans import Span

CHAIN = """\
SERVER gateway POST /api/v1/customer/register
  CLIENT gateway request api.v1.customer.register
    SERVER customer api.v1.customer.register
      - Checking email not taken
      - Hashing password
      - Creating customer
      - SUCCESS
      PRODUCER customer publish event.customer.registered.v1
        CONSUMER notification process event.customer.registered.v1
          - Putting down welcome notification
          - SUCCESS
          INTERNAL notification send notification
            - Asking where customer is written to
            - Sending message
            - SUCCESS
            CLIENT notification request api.v1.customer.contact
              SERVER customer api.v1.customer.contact
                - Looking up contact
                - SUCCESS
        CONSUMER order process event.customer.registered.v1
          - Creating welcome order
          - Announcing order
          - SUCCESS
          PRODUCER order publish event.order.created.v1
            CONSUMER notification process event.order.created.v1
              - Putting down notification
              - SUCCESS
              INTERNAL notification send notification
                - Asking where customer is written to
                - Sending message
                - SUCCESS
                CLIENT notification request api.v1.customer.contact
                  SERVER customer api.v1.customer.contact
                    - Looking up contact
                    - SUCCESS
            CONSUMER payment process event.order.created.v1
              - Charging customer
              - Recording payment
              - Announcing payment completed
              - SUCCESS
              PRODUCER payment publish event.payment.completed.v1
                CONSUMER notification process event.payment.completed.v1
                  - Putting down notification
                  - SUCCESS
                  INTERNAL notification send notification
                    - Asking where customer is written to
                    - Sending message
                    - SUCCESS
                    CLIENT notification request api.v1.customer.contact
                      SERVER customer api.v1.customer.contact
                        - Looking up contact
                        - SUCCESS
                CONSUMER order process event.payment.completed.v1
                  - Looking up order
                  - Checking the payment fits the order
                  - Marking order paid
                  - SUCCESS
"""
SPANS = sum("- " not in line for line in CHAIN.splitlines())


def told(spans: Sequence[Span], parent_id: str = "", depth: int = 0) -> Iterator[str]:
    """Every span under its parent, and under each its steps; those that run at once in the order of their names."""
    for span in sorted((span for span in spans if span.parent_id == parent_id), key=str):
        yield "  " * depth + f"{span}\n"
        yield from ("  " * depth + f"  - {step}\n" for step in span.steps)
        yield from told(spans, span.span_id, depth + 1)


async def test_a_registration_and_all_that_came_of_it_are_one_trace(http: AsyncClient, receiver: Receiver) -> None:
    answer = await http.post("/api/v1/customer/register", json=a_newcomer())

    spans = await receiver.trace(trace_of(answer), SPANS)
    assert "".join(told(spans)) == CHAIN
    assert len(spans) == SPANS
    assert {span.trace_id for span in spans} == {trace_of(answer)}


async def test_whoever_acts_on_an_event_begins_after_it_was_told_and_says_how_often_it_was_given(
    http: AsyncClient, receiver: Receiver
) -> None:
    answer = await http.post("/api/v1/customer/register", json=a_newcomer())

    spans = {span.span_id: span for span in await receiver.trace(trace_of(answer), SPANS)}
    acted = [span for span in spans.values() if span.kind == "CONSUMER"]
    assert len(acted) == 6
    for span in acted:
        told_of = spans[span.parent_id]
        assert told_of.kind == "PRODUCER"
        assert told_of.began <= span.began
        assert span.attributes["flow.attempt"] == 1
