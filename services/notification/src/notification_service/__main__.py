"""`python -m notification_service` serves; with `migrate` or `resend` it does that and ends."""

import os
import sys
from datetime import timedelta
from typing import get_args

from contracts.notification import Kind
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.parts import open_store
from flowkit.pruning import pruned
from flowkit.telemetry import names

from notification_service.pruning import old
from notification_service.resend import resend
from notification_service.sender.delivery import Delivery, Outcome
from notification_service.sender.sender import Sender, SenderOptions
from notification_service.service import build_service
from notification_service.settings import Settings
from notification_service.store import Transaction
from notification_service.tables import schema
from notification_service.waking import WakingStore


async def serve(mine: Host[Settings]) -> None:
    channel = mine.settings.channel()
    store = await open_store(mine, schema, Transaction)
    count = mine.metrics.notifications(get_args(Kind), get_args(Outcome.__value__))
    delivery = Delivery(
        mine.client,
        channel,
        mine.tracing,
        patience_s=mine.settings.notification_patience_h * 3600,
        tell=lambda due, ended: count(due.kind, ended.outcome),
    )
    sender = Sender(store, delivery, SenderOptions(at_once=mine.settings.notifications_at_once))
    mine.metrics.watch(names.NOTIFICATIONS_LONGEST_WAIT, lambda: sender.longest_wait_s)
    await mine.open("the sender", sender.running())
    await mine.open("the pruning", pruned("notifications", old(store, timedelta(mine.settings.notification_days))))
    await mine.serve(build_service(store, WakingStore(store, sender.wake)))


if __name__ == "__main__":
    sys.exit(Program("notification", Settings, serve, schema, {"resend": resend}).main(sys.argv[1:], os.environ))
