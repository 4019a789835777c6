"""Forged and altered tokens, each a good one but for one thing: none is taken for anything."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flowkit.security.tokens import ACCESS, INTERNAL, SERVICE, BadToken, Kind, verify, verify_service
from flowkit.testing.forgeries import FORGERIES, Forge, Forger

FORGER = Forger(Ed25519PrivateKey.generate())
KEYS = {FORGER.kid: FORGER.key.public_key()}
KINDS = (ACCESS, INTERNAL, SERVICE)


def taken(token: str, kind: Kind) -> object:
    return verify_service(token, KEYS) if kind is SERVICE else verify(token, kind, KEYS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_what_is_forged_below_is_good_but_for_one_thing(kind: Kind) -> None:
    assert taken(FORGER.good(kind), kind)
    assert len(FORGERIES) >= 40


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_is_refused(forge: Forge, kind: Kind) -> None:
    with pytest.raises(BadToken):
        taken(forge(FORGER, kind), kind)


@pytest.mark.parametrize(("made", "asked"), [(made, asked) for made in KINDS for asked in KINDS if made is not asked])
def test_one_kind_is_never_taken_for_another(made: Kind, asked: Kind) -> None:
    with pytest.raises(BadToken):
        taken(FORGER.good(made), asked)
