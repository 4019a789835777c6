"""`python -m notification_service resend --since MOMENT [--reason REASON]`: what was given up is sent after all."""

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from contracts.notification import Reason
from flowkit import postgres
from flowkit.postgres import PostgresOptions
from flowkit.process.once import once
from flowkit.process.settings import DatabaseSettings, read_or_exit

from notification_service.ports import Store
from notification_service.store import Transaction

# Whoever is gone is gone.
_MENDABLE: Final[tuple[Reason, ...]] = ("refused", "too_late")
_AT_A_TIME: Final = 1000


def resend(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    settings = read_or_exit(DatabaseSettings, environ)
    return once("notification", settings, lambda: _resend(settings, asked.reason or _MENDABLE, asked.since), environ)


async def _resend(settings: DatabaseSettings, reasons: Collection[Reason], since: datetime) -> None:
    options = PostgresOptions(settings.database_url.reveal(), application_name="notification resend")
    async with postgres.connect(options, Transaction) as store:
        found = await wait_again(store, reasons, since)
    sys.stdout.write(f"{found} {'notification waits' if found == 1 else 'notifications wait'} again\n")


async def wait_again(store: Store, reasons: Collection[Reason], since: datetime, at_a_time: int = _AT_A_TIME) -> int:
    """So many at a time that nobody waits behind it for long; each once, though it be given up again meanwhile."""
    total, last = 0, None
    while True:
        async with store.transaction() as tx:
            found = await tx.wait_again(reasons, since, at_a_time, last)
        total += len(found)
        if len(found) < at_a_time:
            return total
        last = found[-1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m notification_service resend", description=__doc__, allow_abbrev=False)
    parser.add_argument("--since", type=_moment, required=True, help="those alone that were put down from then on")
    parser.add_argument("--reason", action="append", choices=_MENDABLE, help="those alone that were given up so")
    return parser


def _moment(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("expects a moment with its offset, such as 2026-01-31T20:00Z")
    return moment
