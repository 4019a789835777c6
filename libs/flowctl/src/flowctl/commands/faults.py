"""`flow faults`: make flows slow, wrong or silent on purpose, for a while."""

import re
import time
from collections.abc import Awaitable
from typing import Annotated

from cyclopts import App, Parameter, validators
from flowkit.bus import Bus
from flowkit.bus import subject as subjects
from flowkit.faults import Bucket, BucketAway, PlannedFault, Unfit, key_of
from flowkit.faults.planned import LONGEST_LATENCY_MS, MOST_S, Planted, decoded
from flowkit.service.micro import FAULTS_ALLOWED
from rich import box
from rich.console import Console
from rich.table import Table

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import connected
from flowctl.failure import WRONGLY_ASKED, Failure
from flowctl.presence import instances
from flowctl.tree.picture import printable

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_NOBODY = "nobody who answers {} lets faults be injected: start the services with FAULT_INJECTION=allowed"

faults = App(
    name="faults",
    help="Make flows slow, wrong or silent on purpose, for a while; only where FAULT_INJECTION=allowed.",
)


@faults.command(name="set")
async def set_(
    subject: str,
    /,
    *,
    latency: str | None = None,
    error: Planted | None = None,
    drop: Annotated[bool, Parameter(negative=())] = False,
    probability: Annotated[float, Parameter(validator=validators.Number(gt=0, lte=1))] = 1.0,
    lasting: Annotated[str, Parameter(name="--for")] = "5m",
) -> None:
    """Plan a fault for a flow, or for every flow of a pattern; it takes effect at once and ends by itself.

    What was planned for the same subject before is replaced. Health checks are never touched.

    Parameters
    ----------
    subject
        The flow's, as `flow ls` shows it, or a pattern: api.v1.customer.* or api.>
    latency
        How long each request waits before anything is done: 300ms, 2s.
    error
        What is answered in the flow's stead; the flow does not run.
    drop
        The flow runs, and its reply is never sent.
    probability
        The share of requests that meet it.
    lasting
        For how long: 30s, 5m, 2h.
    """
    fault = PlannedFault(
        subject=subject,
        until=time.time() + _seconds(lasting, at_most=MOST_S),
        latency_ms=0 if latency is None else round(_seconds(latency, at_most=LONGEST_LATENCY_MS / 1000) * 1000),
        error=error,
        drop=drop,
        probability=probability,
    )
    try:
        fault.check()
        key = key_of(subject)
    except (Unfit, ValueError) as unfit:
        raise Failure(str(unfit), WRONGLY_ASKED) from None
    async with connected(nats_url()) as bus:
        heeding = await _heeding(bus, subject)
        await _or_fail(Bucket(bus).put(key, fault.encoded()))
    Console(highlight=False, soft_wrap=True).print(f"{_told(fault)}\nHeeded by {', '.join(heeding)}.", markup=False)


@faults.command
async def ls() -> None:
    """List the faults that are planned."""
    async with connected(nats_url()) as bus:
        planned = await _planned(bus)
    console = Console(highlight=False, soft_wrap=True)
    if not planned:
        console.print("No faults are planned.")
        return
    table = Table("subject", "fault", "share", "ends in", box=box.SIMPLE_HEAD)
    for fault in sorted(planned.values(), key=lambda each: each.subject):
        share = f"{fault.probability:.0%}"
        table.add_row(printable(fault.subject), _effect(fault), share, f"{max(0.0, fault.until - time.time()):.0f} s")
    console.print(table)


@faults.command
async def clear(
    subject: str | None = None, /, *, everything: Annotated[bool, Parameter(name="--all", negative=())] = False
) -> None:
    """End a fault before its time, or with --all every one of them.

    Parameters
    ----------
    subject
        As it was given to `flow faults set`.
    everything
        Every fault that is planned.
    """
    if (subject is None) is not everything:
        raise Failure("say which fault ends, by its subject, or --all", WRONGLY_ASKED)
    async with connected(nats_url()) as bus:
        planned = await _planned(bus)
        ending = [key for key, fault in planned.items() if everything or fault.subject == subject]
        if not ending and not everything:
            raise Failure(f"no fault is planned for {subject}")
        for key in ending:
            await _or_fail(Bucket(bus).delete(key))
    Console(highlight=False).print(f"{len(ending)} cleared.", markup=False)


async def _planned(bus: Bus) -> dict[str, PlannedFault]:
    found: dict[str, PlannedFault] = {}

    def take(key: str, value: bytes | None) -> None:
        try:
            fault = None if value is None else decoded(value)
        except Unfit:
            return
        if fault is not None and not fault.is_over:
            found[key] = fault

    await _or_fail(Bucket(bus).read(take))
    return found


async def _heeding(bus: Bus, subject: str) -> list[str]:
    """The services with a flow of that subject that let faults be injected, and how many instances of each."""
    counted: dict[str, int] = {}
    for instance in await instances(bus):
        struck = any(subjects.matches(subject, endpoint.subject) for endpoint in instance.endpoints)
        if struck and (instance.metadata or {}).get(FAULTS_ALLOWED):
            counted[instance.name] = counted.get(instance.name, 0) + 1
    if not counted:
        raise Failure(_NOBODY.format(subject))
    return [f"{name} ({count} of it)" if count > 1 else name for name, count in sorted(counted.items())]


async def _or_fail[Result](asking: Awaitable[Result]) -> Result:
    try:
        return await asking
    except BucketAway as fault:
        raise Failure(f"the faults bucket does not answer: {fault}") from None


def _seconds(text: str, *, at_most: float) -> float:
    given = _DURATION.fullmatch(text)
    seconds = 0.0 if given is None else float(given[1]) * _SECONDS[given[2]]
    if not 0 < seconds <= at_most:
        raise Failure(f"not a time up to {at_most:g} s, such as 300ms, 30s, 5m or 2h: {text}", WRONGLY_ASKED)
    return seconds


def _effect(fault: PlannedFault) -> str:
    parts = [f"{fault.latency_ms} ms later"] if fault.latency_ms else []
    if fault.error is not None:
        parts.append(f"{fault.error} in its stead")
    if fault.drop:
        parts.append("the reply dropped")
    return ", ".join(parts)


def _told(fault: PlannedFault) -> str:
    share = "Every request" if fault.probability == 1 else f"{fault.probability:.0%} of requests"
    return f"{share} to {fault.subject}: {_effect(fault)}, for {fault.until - time.time():.0f} s."
