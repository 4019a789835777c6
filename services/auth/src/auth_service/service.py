"""auth: what it serves."""

from dataclasses import dataclass
from datetime import timedelta

from contracts import api_keys, audit, auth
from contracts.bus import PARTICIPANTS, callers
from flowkit.audit import Reading, TellAudit
from flowkit.contract.keys import public_keys
from flowkit.service import Service, serve

from auth_service.flows.end_sessions import EndSessions
from auth_service.flows.identify_service import IdentifyService
from auth_service.flows.issue_token import IssueToken
from auth_service.flows.list_api_keys import ListApiKeys
from auth_service.flows.list_sessions import ListSessions
from auth_service.flows.list_sessions_of import ListSessionsOf
from auth_service.flows.log_out import LogOut
from auth_service.flows.make_api_key import MakeApiKey
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.flows.publish_keys import PublishKeys
from auth_service.flows.refresh_session import RefreshSession
from auth_service.flows.revoke_api_key import RevokeApiKey
from auth_service.flows.rotate_keys import ListKeys, RotateKeys
from auth_service.flows.tell_who_i_am import TellWhoIAm
from auth_service.flows.validate_token import ValidateToken
from auth_service.key_keeper import KeyKeeper
from auth_service.ports import ApiKeys, Revocations, SessionStore
from auth_service.token_pairs import TokenPairs

# What a key can be limited to: all that clients ask under a name.
_ASKED_FOR = frozenset(
    contract.subject
    for participant in PARTICIPANTS
    for contract in participant.serves
    if contract.access.is_routable and contract.access.needs_identity
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What auth's flows stand on."""

    audited: Reading
    keeper: KeyKeeper
    sessions: SessionStore
    api_keys: ApiKeys
    pairs: TokenPairs
    revocations: Revocations


def build_service(parts: Parts, *, identity_lifetime: timedelta, refresh_grace: timedelta) -> Service:
    keeper, keyring, kept = parts.keeper, parts.keeper.keyring, parts.api_keys
    sessions, pairs, revocations = parts.sessions, parts.pairs, parts.revocations
    return Service(
        "auth",
        [
            serve(auth.validate, ValidateToken(keyring, sessions, ProveApiKey(kept), identity_lifetime)),
            serve(auth.issue, IssueToken(sessions, pairs, revocations)),
            serve(auth.refresh, RefreshSession(sessions, pairs, revocations, refresh_grace)),
            serve(auth.logout, LogOut(sessions, revocations)),
            serve(auth.sessions, ListSessions(sessions)),
            serve(auth.sessions_of, ListSessionsOf(sessions)),
            serve(auth.end_sessions, EndSessions(sessions, revocations)),
            serve(api_keys.make, MakeApiKey(kept, _ASKED_FOR)),
            serve(api_keys.get_list, ListApiKeys(kept)),
            serve(api_keys.revoke, RevokeApiKey(kept, revocations)),
            serve(public_keys, PublishKeys(keyring)),
            serve(auth.rotate_keys, RotateKeys(keeper)),
            serve(auth.list_keys, ListKeys(keeper)),
            serve(auth.me, TellWhoIAm()),
            serve(audit.auth, TellAudit(parts.audited)),
            *(
                serve(identify, IdentifyService(keyring, name, identity_lifetime))
                for name, identify in auth.identities.items()
            ),
        ],
        callers=callers("auth"),
    )
