"""Notifications that were sent, or given up, long ago are deleted."""

from datetime import timedelta

from flowkit.pruning import Prune

from notification_service.ports import Store


def old(store: Store, keep: timedelta) -> Prune:
    async def prune(most: int) -> int:
        async with store.transaction() as tx:
            return await tx.prune(keep, most)

    return prune
