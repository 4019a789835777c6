"""Which sessions are known to have ended, and for how long."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flowkit.contract import Identity, Unauthorized
from flowkit.security.identity import IdentityVerifier
from flowkit.security.revoked import RevokedSessions
from flowkit.security.tokens import INTERNAL, LONGEST_IDENTITY_S, PublicKeys, SigningKey

ADA = Identity(id="1", email="ada@example.org", role="customer", session="s1")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_known_to_have_ended_until_no_identity_of_it_can_live() -> None:
    clock = Clock()
    revoked = RevokedSessions(clock=clock)

    revoked.add(["s1"])
    clock.now += LONGEST_IDENTITY_S
    assert "s1" in revoked
    assert "s2" not in revoked

    clock.now += 60
    assert "s1" not in revoked


def test_what_is_over_is_forgotten_and_of_too_many_the_longest_known() -> None:
    clock = Clock()
    revoked = RevokedSessions(most=3, clock=clock)

    revoked.add(["a", "b"])
    clock.now += 1
    revoked.add(["a", "c", "d"])
    assert [each in revoked for each in "abcd"] == [True, False, True, True]

    clock.now += 2 * LONGEST_IDENTITY_S
    revoked.add(["e"])
    assert len(revoked) == 1


async def test_an_identity_of_an_ended_session_is_refused_even_one_that_was_proven_before() -> None:
    key = SigningKey("k1", Ed25519PrivateKey.generate())

    async def fetch() -> PublicKeys:
        return {"k1": key.key.public_key()}

    verifier = IdentityVerifier(fetch)
    token = key.sign(INTERNAL, ADA, timedelta(minutes=1))
    assert (await verifier.verify(token)).session == "s1"

    verifier.revoked.add(["s1"])
    for again in (token, key.sign(INTERNAL, ADA, timedelta(minutes=1))):
        with pytest.raises(Unauthorized):
            await verifier.verify(again)
