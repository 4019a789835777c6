"""auth's flows, without a bus or a database."""

from datetime import timedelta

import pytest
from auth_service.flows.identify_service import IdentifyService
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.flows.publish_keys import PublishKeys
from auth_service.flows.tell_who_i_am import TellWhoIAm
from auth_service.flows.validate_token import ValidateToken
from contracts.auth import InvalidToken, NoToken, Subject, TokenToValidate, WrongRole
from flowkit.contract import Nothing, Unauthorized
from flowkit.security import tokens
from flowkit.security.identity import public_key
from flowkit.security.tokens import ACCESS, INTERNAL
from flowkit.testing.calls import a_call, someone
from msgspec import UNSET
from msgspec.structs import replace

from .fake_sessions import BIRTH, FakeSessions, Row
from .fakes import FakeApiKeys, a_key, a_keyring

SUBJECT = Subject(id="0190b7a0-0000-7000-8000-000000000001", email="ada@example.org", role="customer")
HOUR, MINUTES = timedelta(hours=1), timedelta(minutes=5)
OLD, NEW = a_key(2 * HOUR), a_key(HOUR)
KEYRING = a_keyring(NEW, OLD)
SESSIONS = FakeSessions(rows={"s1": Row(SUBJECT, "", BIRTH, BIRTH, BIRTH + HOUR)})
validate = ValidateToken(KEYRING, SESSIONS, ProveApiKey(FakeApiKeys()), MINUTES)
ADA = replace(someone("customer"), session="s1")
ROOT = replace(someone("admin", root=True), session="s1")


async def test_a_valid_token_tells_who_bears_it() -> None:
    call = a_call()

    found = await validate.run(TokenToValidate(token=KEYRING.sign(ACCESS, ROOT, HOUR)), call)

    assert (found.id, found.email, found.role, found.root) == (ROOT.id, ROOT.email, "admin", True)
    assert call.steps == ["Verifying token signature", "Checking role requirement"]
    assert call.concerns == {"admin": ROOT.id}


async def test_a_token_that_names_no_open_session_is_refused() -> None:
    for session in ("", "another"):
        token, call = KEYRING.sign(ACCESS, replace(ADA, session=session), HOUR), a_call()
        with pytest.raises(InvalidToken, match="Invalid token"):
            await validate.run(TokenToValidate(token=token), call)
        assert call.steps == ["Verifying token signature", "Finding that its session has ended"]


async def test_a_badge_names_the_service_whose_subject_was_asked_and_is_no_identity() -> None:
    badge = await IdentifyService(KEYRING, "admin", MINUTES).run(Nothing(), a_call())

    assert tokens.verify_service(badge.token, KEYRING.public).name == "admin"
    assert badge.expires_in == MINUTES.total_seconds()
    for kind in (ACCESS, INTERNAL):
        with pytest.raises(tokens.BadToken):
            tokens.verify(badge.token, kind, KEYRING.public)
        with pytest.raises(tokens.BadToken):
            tokens.verify_service(KEYRING.sign(kind, ROOT, MINUTES), KEYRING.public)


async def test_the_identity_vouched_for_is_for_services_and_outlives_neither_minutes_nor_the_token() -> None:
    for lifetime, longest in ((HOUR, MINUTES), (timedelta(seconds=20), timedelta(seconds=20))):
        token = KEYRING.sign(ACCESS, ADA, lifetime)
        found = await validate.run(TokenToValidate(token=token), a_call())

        proven = tokens.verify(found.identity, INTERNAL, KEYRING.public)
        still = tokens.verify(token, ACCESS, KEYRING.public).expires_at
        assert proven.identity == ADA
        assert proven.expires_at <= still + 1
        assert proven.expires_at - (still - lifetime.total_seconds()) <= longest.total_seconds() + 1


async def test_only_an_admin_bears_a_mark_of_root() -> None:
    found = await validate.run(TokenToValidate(token=KEYRING.sign(ACCESS, ADA, HOUR)), a_call())

    assert found.root is UNSET


@pytest.mark.parametrize("token", ["x", "a.b.c", KEYRING.sign(INTERNAL, ADA, HOUR), KEYRING.sign(ACCESS, ADA, -HOUR)])
async def test_what_is_no_valid_access_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken, match="Invalid token"):
        await validate.run(TokenToValidate(token=token), a_call())


async def test_no_token_at_all_is_told_apart() -> None:
    with pytest.raises(NoToken, match="No token provided"):
        await validate.run(TokenToValidate(token=""), a_call())


async def test_a_role_that_is_required_and_missing_is_forbidden() -> None:
    token = KEYRING.sign(ACCESS, ADA, HOUR)

    assert (await validate.run(TokenToValidate(token=token, required_role="customer"), a_call())).id == ADA.id
    with pytest.raises(WrongRole, match="Insufficient permissions"):
        await validate.run(TokenToValidate(token=token, required_role="admin"), a_call())


async def test_a_key_that_was_replaced_verifies_and_signs_no_more() -> None:
    by_old = a_keyring(OLD).sign(ACCESS, ADA, HOUR)

    assert (await validate.run(TokenToValidate(token=by_old), a_call())).id == ADA.id
    assert KEYRING.signing.kid == NEW.kid


async def test_the_published_keys_are_what_tokens_are_verified_by() -> None:
    published = await PublishKeys(KEYRING).run(Nothing(), a_call())

    keys = {key.kid: public_key(key.x) for key in published.keys}
    assert tokens.verify(KEYRING.sign(ACCESS, ADA, HOUR), ACCESS, keys).identity == ADA


async def test_a_caller_is_told_who_they_are_and_a_stranger_is_not() -> None:
    assert (await TellWhoIAm().run(Nothing(), a_call(ADA))).email == ADA.email
    with pytest.raises(Unauthorized):
        await TellWhoIAm().run(Nothing(), a_call())
