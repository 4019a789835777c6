"""`python -m auth_service` serves; with `migrate` or `rotate-keys [--at-once]` it does that and ends."""

import os
import sys
from datetime import timedelta

from contracts.bus import PARTICIPANTS
from flowkit.postgres.ledger import PostgresLedger
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.kept_room import KeptRoom
from flowkit.process.kept_streams import kept_streams
from flowkit.process.parts import open_audit, open_store
from flowkit.process.settings import BadSettings, Problem
from flowkit.process.watched_streams import WatchedStreams, watched_streams
from flowkit.pruning import pruned
from flowkit.security.identity import IdentityVerifier
from flowkit.security.tokens import PublicKeys
from flowkit.streams import Streams
from flowkit.streams.declared import Declared
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import Room
from flowkit.telemetry import names

from auth_service.key_keeper import KeyKeeper
from auth_service.revocations import ToldRevocations
from auth_service.rotate_keys import rotate_keys
from auth_service.rotation import Rotation
from auth_service.seal import Seal, WrongKey
from auth_service.service import Parts, build_service
from auth_service.settings import Settings
from auth_service.store.api_keys import StoredApiKeys
from auth_service.store.keys import StoredKeys
from auth_service.store.sessions import StoredSessions
from auth_service.store.transaction import Transaction
from auth_service.tables import schema
from auth_service.token_pairs import TokenPairs, succession_key

_ANOTHER = (
    "signing key {kid} was sealed under another one; give the one it was sealed under, or, where that is lost, "
    "delete the rows of signing_keys: new keys are made, and everyone signs in again"
)


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    await open_audit(mine, store)
    await _keep_streams(mine)
    keeper = await _keeper(StoredKeys(store, Seal(mine.settings.encryption_key)), mine.settings.rotation)
    await mine.open("the keys", keeper.keeping())
    sessions = StoredSessions(store, mine.settings.session_lifetimes)
    await mine.open("the pruning of sessions", pruned("sessions", sessions.prune))
    service = build_service(
        Parts(
            store,
            keeper,
            sessions,
            StoredApiKeys(store),
            TokenPairs(keeper.keyring, succession_key(mine.settings.encryption_key), mine.settings.token_lifetime),
            ToldRevocations(mine.notices, mine.revoked, mine.metrics),
        ),
        identity_lifetime=timedelta(seconds=mine.settings.identity_lifetime_s),
        refresh_grace=timedelta(seconds=mine.settings.refresh_grace_s),
    )

    async def own_keys() -> PublicKeys:
        await keeper.look()
        return keeper.keyring.public

    verifier = IdentityVerifier(own_keys, mine.revoked)
    keeper.on_change = verifier.keys.learn
    await mine.serve(service, ledger=PostgresLedger(store), verifier=verifier, keeps_faults=True)


async def _keep_streams(mine: Host[Settings]) -> None:
    declared = Declared.of(PARTICIPANTS, mine.settings.streams)
    room = KeptRoom(Room.of(mine.bus, declared))
    keeping = Keeping(mine.bus, declared)
    kept = await mine.open("the keeping of streams", kept_streams(mine.bus, keeping, room))
    mine.metrics.watch(names.EVENTS_REMOVED, lambda: room.removed)
    mine.metrics.watch(names.STREAM_CONFLICTS, lambda: len(kept.conflicts))
    watched = WatchedStreams.of(Streams(mine.bus), PARTICIPANTS, mine.metrics)
    await mine.open("the watching of streams", watched_streams(watched))


async def _keeper(stored: StoredKeys, rotation: Rotation) -> KeyKeeper:
    try:
        return await KeyKeeper.open(stored, rotation)
    except WrongKey as fault:
        raise BadSettings((Problem("KEYS_ENCRYPTION_KEY", _ANOTHER.format(kid=fault)),)) from fault


if __name__ == "__main__":
    sys.exit(Program("auth", Settings, serve, schema, {"rotate-keys": rotate_keys}).main(sys.argv[1:], os.environ))
