"""What a stream and a consumer can be told to be, and what cannot be changed any more."""

from collections.abc import Mapping
from typing import Any, Final

from flowkit.bus import subject as subjects
from flowkit.testing.memory_streams import refusal

type Config = dict[str, Any]

_STREAM: Final[Mapping[str, Any]] = {
    "retention": "limits",
    "storage": "file",
    "discard": "old",
    "max_msgs": -1,
    "max_bytes": -1,
    "max_age": 0,
    "max_msgs_per_subject": -1,
    "max_msg_size": -1,
    "num_replicas": 1,
    "duplicate_window": 120 * 10**9,
    "allow_direct": False,
    "allow_rollup_hdrs": False,
    "deny_delete": False,
    "deny_purge": False,
    "discard_new_per_subject": False,
}
_CONSUMER: Final[Mapping[str, Any]] = {
    "deliver_policy": "all",
    "ack_policy": "none",
    "ack_wait": 30 * 10**9,
    "max_deliver": -1,
    "max_ack_pending": 1000,
    "replay_policy": "instant",
    "filter_subjects": [],
    "num_replicas": 0,
}
_FIXED_OF_A_CONSUMER: Final = ("deliver_policy", "ack_policy", "replay_policy")


def stream(name: str, asked: Config) -> Config:
    """With the server's defaults; what is not known here is not believed to work."""
    _refuse_unknown(asked, {*_STREAM, "name", "subjects", "metadata"})
    whole: Config = {**_STREAM, "subjects": [name], **asked, "name": name}
    if whole["retention"] != "limits" or (
        whole["discard"] == "old" and (whole["max_msgs"], whole["max_bytes"]) != (-1, -1)
    ):
        raise NotImplementedError("in memory: retention by limits, and what is new is discarded where it is full")
    if whole["num_replicas"] > 1:
        raise refusal.Refused(500, 10074, "replicas > 1 not supported in non-clustered mode")
    if 0 < whole["max_age"] < whole["duplicate_window"]:
        raise refusal.cannot_change("have a duplicates window larger than max age")
    return whole


def consumer(name: str, asked: Config) -> Config:
    _refuse_unknown(asked, {*_CONSUMER, "name", "durable_name", "metadata"})
    whole = {**_CONSUMER, **asked, "name": name, "durable_name": name}
    if whole["ack_policy"] != "explicit" or whole["max_deliver"] != -1 or whole["deliver_policy"] != "all":
        raise NotImplementedError("in memory: durable consumers that acknowledge, of all there is, for ever")
    return whole


def refuse_stream_change(before: Config, after: Config) -> None:
    if before["storage"] != after["storage"]:
        raise refusal.cannot_change("change storage type")
    for denied, told in (("deny_delete", "deny message deletes"), ("deny_purge", "deny purge")):
        if before[denied] and not after[denied]:
            raise refusal.cannot_change(f"cancel {told}")


def refuse_consumer_change(before: Config, after: Config) -> None:
    for field in _FIXED_OF_A_CONSUMER:
        if before[field] != after[field]:
            raise refusal.cannot_update(field.replace("_", " "))


def refuse_overlap(mine: Config, others: list[Config]) -> None:
    for other in (each for each in others if each["name"] != mine["name"]):
        for a in mine["subjects"]:
            if any(subjects.matches(a, b) or subjects.matches(b, a) for b in other["subjects"]):
                raise refusal.Refused(400, 10065, "subjects overlap with an existing stream")


def _refuse_unknown(asked: Config, known: set[str]) -> None:
    if unknown := asked.keys() - known:
        raise refusal.Refused(400, 10025, f'invalid JSON: json: unknown field "{min(unknown)}"')
