"""auth's flows, without a bus or a database."""

from datetime import timedelta

import pytest
from auth_service.flows.identify_service import IdentifyService
from auth_service.flows.issue_token import IssueToken
from auth_service.flows.publish_keys import PublishKeys
from auth_service.flows.tell_who_i_am import TellWhoIAm
from auth_service.flows.validate_token import ValidateToken
from contracts.auth import InvalidToken, NoToken, Subject, TokenToValidate, WrongRole
from flowkit.contract import Nothing, Role, ServiceNotPermitted, Unauthorized
from flowkit.security import tokens
from flowkit.security.identity import public_key
from flowkit.security.tokens import ACCESS, INTERNAL
from flowkit.testing.calls import a_call, someone
from msgspec import UNSET

from .fakes import a_key, a_keyring

HOUR, MINUTES = timedelta(hours=1), timedelta(minutes=5)
OLD, NEW = a_key(2 * HOUR), a_key(HOUR)
KEYRING = a_keyring(NEW, OLD)
validate = ValidateToken(KEYRING, MINUTES)
ADA = someone("customer")
ROOT = someone("admin", root=True)


async def test_a_token_issued_is_a_token_validated() -> None:
    subject = Subject(id=ROOT.id, email=ROOT.email, role="admin", root=True)
    issuing, call = a_call(service="admin"), a_call()
    issued = await IssueToken(KEYRING, HOUR).run(subject, issuing)

    found = await validate.run(TokenToValidate(token=issued.token), call)

    assert (found.id, found.email, found.role, found.root) == (ROOT.id, ROOT.email, "admin", True)
    assert call.steps == ["Verifying token signature", "Checking role requirement"]
    assert issuing.concerns == call.concerns == {"admin": ROOT.id}


@pytest.mark.parametrize(
    ("service", "role"), [("customer", "admin"), ("admin", "customer"), ("gateway", "admin"), ("", "admin")]
)
async def test_a_service_vouches_for_those_it_keeps_and_no_others(service: str, role: Role) -> None:
    subject = Subject(id=ROOT.id, email=ROOT.email, role=role)

    with pytest.raises(ServiceNotPermitted):
        await IssueToken(KEYRING, HOUR).run(subject, a_call(service=service))


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
