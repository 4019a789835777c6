"""What a process's log says of its end."""

from collections.abc import Sequence
from typing import Any

TOLD, DONE, CUT_SHORT = "told to stop", "stop stage done", "stop stage cut short"
SERVED = ("take no more work", "finish what runs and what is queued", "flush replies")
CLOSED = ("close the lag sampler", "close the bus", "close the ops port", "close telemetry")
STAGES = {
    "gateway": (
        *("send clients elsewhere", "answer what is under way", "end what others asked for"),
        *(*SERVED, "close HTTP", "close the gossip of limits", *CLOSED),
    ),
    "auth": (
        *(*SERVED, "close the pruning of sessions", "close the keys", "close the watching of streams"),
        *("close the keeping of streams", "close the audit log", "close the database", *CLOSED),
    ),
    "admin": (
        *SERVED,
        "close the audit log",
        "close the login throttle",
        "close the hashing pool",
        "close the database",
        *CLOSED,
    ),
    "customer": (
        *SERVED,
        "close the audit log",
        "close the login throttle",
        "close the hashing pool",
        "close the outbox",
        "close the database",
        *CLOSED,
    ),
    "order": (*SERVED, "close the outbox", "close the database", *CLOSED),
    "payment": (*SERVED, "close the outbox", "close the database", *CLOSED),
    "notification": (*SERVED, "close the pruning", "close the sender", "close the database", *CLOSED),
}


def refuse_a_stop_cut_short(service: str, lines: Sequence[dict[str, Any]]) -> None:
    """Each of its stages ran, in order and to its end, at every stop that the lines tell of."""
    stages = [line["stage"] for line in lines if line["event"] in (DONE, CUT_SHORT)]
    stops = sum(line["event"] == TOLD for line in lines)
    assert stops > 0, f"{service} was never told to stop"
    assert tuple(stages) == STAGES[service] * stops, f"{service}: {stages}"
    assert not any(line["event"] == CUT_SHORT for line in lines)
