"""Who takes part in the bench's bus: those of the real one, and a flow and a bare responder to be asked."""

from dataclasses import replace

from contracts.bus import OPERATOR, PARTICIPANTS
from flowkit.bus.users import render
from flowkit.contract import Nothing, Participant, Query
from flowkit.contract.health import health_of
from flowkit.contract.revoked import sessions_revoked

from bench.flow_service import listed
from bench.responder import SUBJECT

NAME = "bench"
_BARE = Query(SUBJECT, Nothing, Nothing)


def _asking(each: Participant) -> Participant:
    return replace(each, calls=(*each.calls, listed, _BARE)) if each.name in (OPERATOR, "gateway") else each


BENCH = Participant(NAME, serves=(listed, _BARE, health_of(NAME)), hears=(sessions_revoked,))
USERS = render((*map(_asking, PARTICIPANTS), BENCH))
