"""`flow call`: ask a flow, and see its reasoning."""

import difflib
import secrets
import sys
import time
from collections.abc import Mapping
from typing import Annotated

import msgspec
from contracts import auth
from contracts.bus import PARTICIPANTS
from cyclopts import Parameter
from flowkit.bus import Bus, BusError, Denied, NoResponders, PayloadTooLarge, ReplyLate
from flowkit.contract.badge import Badge
from flowkit.wire import envelope, headers
from flowkit.wire.deadline import LONGEST_S, Deadline
from rich.console import Console

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import NAME, connected
from flowctl.failure import WRONGLY_ASKED, Failure
from flowctl.presence import subjects
from flowctl.reply import Reply

ALIKE = 0.4
OPERATOR = "operator"
_INTERNAL = frozenset(each.subject for one in PARTICIPANTS for each in one.serves if each.access.is_internal)


def _a_budget(_: object, seconds: float) -> None:
    if not 0 < seconds <= LONGEST_S:
        raise ValueError(f"Expects up to {LONGEST_S:g} seconds.")


async def call(
    subject: str,
    payload: Annotated[str, Parameter(allow_leading_hyphen=True)] = "{}",
    /,
    *,
    token: Annotated[str | None, Parameter(name="--as")] = None,
    within: Annotated[float, Parameter(validator=_a_budget)] = 5.0,
    raw: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Send a request to a flow over NATS; show its status, its steps and its data or error.

    Parameters
    ----------
    subject
        The flow's, as `flow ls` shows it.
    payload
        JSON; `-` reads it from stdin.
    token
        An access token: the flow is called in the name of whom it was issued to.
    within
        Seconds the flow may take.
    raw
        Print the reply as it came, and nothing else.
    """
    data = _json(payload)
    async with connected(nats_url()) as bus:
        carried = {} if token is None else {headers.IDENTITY: await _identity(bus, token, within)}
        if subject in _INTERNAL:
            carried[headers.SERVICE] = await badge(bus, within)
        reply = await ask(bus, subject, data, within, carried)
    if raw:
        sys.stdout.write(f"{reply.message.data.decode(errors='replace')}\n")
    else:
        Console(highlight=False, soft_wrap=True).print(reply.told())
    if reply.is_an_error:
        raise SystemExit(1)


def _json(payload: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if payload == "-" else payload.encode()
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise Failure(f"the payload is not JSON: {fault}", WRONGLY_ASKED) from None
    return data


async def _identity(bus: Bus, token: str, within: float) -> str:
    request = msgspec.json.encode(auth.TokenToValidate(token=token))
    reply = await ask(bus, auth.validate.subject, request, within, {headers.SERVICE: await badge(bus, within)})
    answer = envelope.decode(reply.message.data)
    if not answer.success:
        raise Failure(f"the token is not good: {answer.message}")
    return msgspec.json.decode(answer.data, type=auth.Validated).identity


async def badge(bus: Bus, within: float) -> str:
    """What an operator asks of what is internal, it asks as itself."""
    reply = await ask(bus, auth.identities[OPERATOR].subject, b"", within, {})
    answer = envelope.decode(reply.message.data)
    if not answer.success:
        raise Failure(f"auth does not say who we are: {answer.message}")
    return msgspec.json.decode(answer.data, type=Badge).token


async def ask(bus: Bus, subject: str, data: bytes, within: float, told: Mapping[str, str]) -> Reply:
    trace_id = secrets.token_hex(16)
    carried = {**told, headers.CALLER: NAME, headers.TRACEPARENT: f"00-{trace_id}-{secrets.token_hex(8)}-01"}
    Deadline.after(within).write(carried)
    began = time.monotonic()
    try:
        message = await bus.request(subject, data, within=within, headers=carried)
    except Denied:
        raise Failure(f"{subject} is nothing the bus lets you ask{await _suggestion(bus, subject)}") from None
    except NoResponders:
        raise Failure(f"nobody listens on {subject}{await _suggestion(bus, subject)}") from None
    except ReplyLate:
        raise Failure(f"{subject} did not answer within {within:g} s (trace {trace_id})") from None
    except PayloadTooLarge:
        raise Failure(f"the payload is larger than the {bus.max_payload} bytes NATS takes", WRONGLY_ASKED) from None
    except (BusError, ValueError) as fault:
        raise Failure(f"{subject} could not be asked: {fault}") from None
    return Reply(message, trace_id, (time.monotonic() - began) * 1000)


async def _suggestion(bus: Bus, subject: str) -> str:
    alike = difflib.get_close_matches(subject, await subjects(bus), cutoff=ALIKE)
    return f"; did you mean {' or '.join(alike)}?" if alike else ""
