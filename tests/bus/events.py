"""What the declaration lets each user do with events and their streams, worked out anew, and much that nobody may."""

from collections.abc import Iterator

from contracts.bus import PARTICIPANTS

STREAMS = ("EVENTS", "DEAD_LETTERS")
OPERATOR = "operator"
AUTH = "auth"


def told() -> Iterator[tuple[str, str]]:
    """Each event's name and version, as subjects have them, and who announces it."""
    for each in PARTICIPANTS:
        yield from ((f"{event.name}.v{event.version}", each.name) for event in each.announces)


def read() -> Iterator[tuple[str, str, str]]:
    """Each event's name and version, who reacts to it, and the name of a consumer of it."""
    for each in PARTICIPANTS:
        for event in each.reacts_to:
            name = f"{event.name}.v{event.version}"
            yield name, each.name, f"{each.name}-{name.replace('.', '-')}{'-3' if event.ordered else ''}"


def _may_publish() -> Iterator[tuple[str, set[str]]]:
    for name, announcer in told():
        yield f"event.{name}.3", {announcer}
        yield from ((f"event.{name}{rest}", set[str]()) for rest in ("", ".3.more"))
    for name, reader, consumer in read():
        yield f"again.{reader}.{name}.3", {OPERATOR}
        yield f"dead.{reader}.{name}.some-id", {reader}
        yield from _about_a_consumer(consumer, reader)
    for stream in STREAMS:
        yield from _about_a_stream(stream)
    yield from ((f"{kind}.nobody.told.v1.0", set[str]()) for kind in ("event", "dead"))
    yield "again.nobody.told.v1.0", {OPERATOR}


def _about_a_consumer(consumer: str, reader: str) -> Iterator[tuple[str, set[str]]]:
    yield f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{consumer}", {reader}
    yield f"$JS.API.CONSUMER.INFO.EVENTS.{consumer}", {reader, AUTH, OPERATOR}
    yield f"$JS.ACK.EVENTS.{consumer}.1.1.1.1.1", {reader}
    yield f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer}", {AUTH}
    yield f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer}.event.>".removesuffix(".>"), set()
    yield f"$JS.API.CONSUMER.DELETE.EVENTS.{consumer}", {OPERATOR}
    for what in ("PAUSE", "RESET", "UNPIN", "DURABLE.CREATE", "LEADER.STEPDOWN"):
        yield f"$JS.API.CONSUMER.{what}.EVENTS.{consumer}", set()
    yield f"$JS.API.CONSUMER.MSG.NEXT.DEAD_LETTERS.{consumer}", set()


def _about_a_stream(stream: str) -> Iterator[tuple[str, set[str]]]:
    yield f"$JS.API.STREAM.CREATE.{stream}", {AUTH}
    yield f"$JS.API.STREAM.UPDATE.{stream}", {AUTH}
    yield f"$JS.API.STREAM.INFO.{stream}", {AUTH, OPERATOR}
    yield f"$JS.API.DIRECT.GET.{stream}", {OPERATOR}
    yield f"$JS.API.STREAM.MSG.DELETE.{stream}", {OPERATOR} if stream == "DEAD_LETTERS" else set()
    for what in ("STREAM.PURGE", "STREAM.MSG.GET", "CONSUMER.LIST"):
        yield f"$JS.API.{what}.{stream}", {AUTH} if stream == "EVENTS" else set()
    for what in ("DELETE", "SNAPSHOT", "RESTORE", "PEER.REMOVE", "LEADER.STEPDOWN"):
        yield f"$JS.API.STREAM.{what}.{stream}", set()
    yield f"$JS.API.DIRECT.GET.{stream}.event.customer.registered.v1.0", set()
    yield f"$JS.API.CONSUMER.CREATE.{stream}", set()
    yield f"$JS.API.CONSUMER.CREATE.{stream}.mine", {AUTH} if stream == "EVENTS" else set()
    yield f"$JS.API.CONSUMER.INFO.{stream}.mine", {AUTH, OPERATOR} if stream == "EVENTS" else set()
    yield f"$JS.API.CONSUMER.NAMES.{stream}", set()
    yield f"$JS.API.CONSUMER.MSG.NEXT.{stream}.mine", set()
    yield f"$JS.ACK.{stream}.mine.1.1.1.1.1", set()


MAY_PUBLISH = dict(_may_publish())
PATTERNS = (
    *("event.>", "event.*", "event.*.*.*.*", "dead.>", "dead.order.>", "again.>", "again.order.>"),
    *(f"event.{name}.*" for name, _ in told()),
    *(f"$JS.ACK.{stream}.>" for stream in STREAMS),
    *("$JS.API.CONSUMER.>", "$JS.EVENT.>", "$JS.EVENT.ADVISORY.>"),
)
