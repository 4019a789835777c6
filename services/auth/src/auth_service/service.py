"""auth: what it serves."""

from datetime import timedelta

from contracts import audit, auth
from contracts.bus import callers
from flowkit.audit import Reading, TellAudit
from flowkit.contract.keys import public_keys
from flowkit.service import Service, serve

from auth_service.flows.end_sessions import EndSessions
from auth_service.flows.identify_service import IdentifyService
from auth_service.flows.issue_token import IssueToken
from auth_service.flows.list_sessions import ListSessions
from auth_service.flows.list_sessions_of import ListSessionsOf
from auth_service.flows.log_out import LogOut
from auth_service.flows.publish_keys import PublishKeys
from auth_service.flows.refresh_session import RefreshSession
from auth_service.flows.rotate_keys import ListKeys, RotateKeys
from auth_service.flows.tell_who_i_am import TellWhoIAm
from auth_service.flows.validate_token import ValidateToken
from auth_service.key_keeper import KeyKeeper
from auth_service.ports import Revocations, SessionStore
from auth_service.token_pairs import TokenPairs


def build_service(
    audited: Reading,
    keeper: KeyKeeper,
    sessions: SessionStore,
    pairs: TokenPairs,
    revocations: Revocations,
    *,
    identity_lifetime: timedelta,
    refresh_grace: timedelta,
) -> Service:
    keyring = keeper.keyring
    return Service(
        "auth",
        [
            serve(auth.validate, ValidateToken(keyring, sessions, identity_lifetime)),
            serve(auth.issue, IssueToken(sessions, pairs, revocations)),
            serve(auth.refresh, RefreshSession(sessions, pairs, revocations, refresh_grace)),
            serve(auth.logout, LogOut(sessions, revocations)),
            serve(auth.sessions, ListSessions(sessions)),
            serve(auth.sessions_of, ListSessionsOf(sessions)),
            serve(auth.end_sessions, EndSessions(sessions, revocations)),
            serve(public_keys, PublishKeys(keyring)),
            serve(auth.rotate_keys, RotateKeys(keeper)),
            serve(auth.list_keys, ListKeys(keeper)),
            serve(auth.me, TellWhoIAm()),
            serve(audit.auth, TellAudit(audited)),
            *(
                serve(identify, IdentifyService(keyring, name, identity_lifetime))
                for name, identify in auth.identities.items()
            ),
        ],
        callers=callers("auth"),
    )
