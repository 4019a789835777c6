"""What a service believes of the identity a request carries."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flowkit.contract import ServiceUnknown, Unauthorized, Unavailable
from flowkit.security.identity import IdentityVerifier
from flowkit.security.tokens import ACCESS, INTERNAL, Kind, PublicKeys, SigningKey
from flowkit.testing.calls import someone

MINUTE = timedelta(minutes=1)


class Auth:
    """Publishes its keys, and counts who asks."""

    def __init__(self) -> None:
        self.key = SigningKey("k1", Ed25519PrivateKey.generate())
        self.asked = 0
        self.away = False

    async def publish(self) -> PublicKeys:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable
        return {self.key.kid: self.key.key.public_key()}


async def test_the_keys_are_fetched_once_however_many_ask_at_once() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    tokens = [auth.key.sign(INTERNAL, someone(user_id=str(n)), MINUTE) for n in range(10)]

    proven = await asyncio.gather(*(verifier.verify(token) for token in tokens))

    assert [identity.id for identity in proven] == [str(n) for n in range(10)]
    assert auth.asked == 1


async def test_an_identity_proven_once_is_remembered_until_it_runs_out() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    token = auth.key.sign(INTERNAL, someone("admin"), MINUTE)
    first = await verifier.verify(token)

    assert await verifier.verify(token) is first
    expired = auth.key.sign(INTERNAL, someone("admin"), -MINUTE)
    with pytest.raises(Unauthorized):
        await verifier.verify(expired)


async def test_an_access_token_is_no_identity() -> None:
    auth = Auth()
    with pytest.raises(Unauthorized):
        await IdentityVerifier(auth.publish).verify(auth.key.sign(ACCESS, someone(), MINUTE))


async def test_made_up_keys_do_not_make_a_storm_of_questions() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    for n in range(20):
        stranger = SigningKey(f"k{n + 2}", Ed25519PrivateKey.generate())
        with pytest.raises(Unauthorized):
            await verifier.verify(stranger.sign(INTERNAL, someone(), MINUTE))
    # The first question brought the keys, the second nothing new.
    assert auth.asked == 2


async def test_a_key_that_is_new_is_asked_for_at_once_however_recently_the_keys_were_fetched() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    await verifier.verify(auth.key.sign(INTERNAL, someone(), MINUTE))

    auth.key = SigningKey("k2", Ed25519PrivateKey.generate())

    assert (await verifier.verify(auth.key.sign(INTERNAL, someone(), MINUTE))).role == "customer"
    assert auth.asked == 2


async def test_a_key_that_is_gone_takes_along_what_it_has_proven() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    old = auth.key.sign(INTERNAL, someone(), MINUTE)
    badge = auth.key.sign_service("gateway", MINUTE)
    await verifier.verify(old)
    assert await verifier.verify_service(badge) == "gateway"

    auth.key = SigningKey("k2", Ed25519PrivateKey.generate())
    await verifier.verify(auth.key.sign(INTERNAL, someone(), MINUTE))

    with pytest.raises(Unauthorized):
        await verifier.verify(old)
    with pytest.raises(ServiceUnknown):
        await verifier.verify_service(badge)


async def test_keys_are_asked_for_every_so_often_beside_whoever_notices() -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)
    verifier.keys.kept_s = 0.0
    token = auth.key.sign(INTERNAL, someone(), MINUTE)
    await verifier.verify(token)

    auth.key = SigningKey("k2", Ed25519PrivateKey.generate())
    assert (await verifier.verify(token)).role == "customer"
    for _ in range(5):
        await asyncio.sleep(0)

    with pytest.raises(Unauthorized):
        await verifier.verify(token)


@pytest.mark.parametrize("kind", [ACCESS, INTERNAL])
async def test_a_persons_token_is_no_badge_and_a_badge_no_identity(kind: Kind) -> None:
    auth = Auth()
    verifier = IdentityVerifier(auth.publish)

    with pytest.raises(ServiceUnknown):
        await verifier.verify_service(auth.key.sign(kind, someone(), MINUTE))
    with pytest.raises(Unauthorized):
        await verifier.verify(auth.key.sign_service("gateway", MINUTE))


async def test_while_auth_is_away_a_request_is_unavailable_and_later_well_again() -> None:
    auth = Auth()
    auth.away = True
    verifier = IdentityVerifier(auth.publish)
    token = auth.key.sign(INTERNAL, someone(), MINUTE)
    with pytest.raises(Unavailable):
        await verifier.verify(token)

    auth.away = False
    assert (await verifier.verify(token)).role == "customer"
