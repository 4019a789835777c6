"""How anyone learns the public keys that identities and tokens are verified by."""

from flowkit.contract.contract import Query
from flowkit.contract.payload import Nothing, Reply


class PublicKey(Reply):
    """One Ed25519 public key, in the words of a JWK."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    alg: str = "EdDSA"
    use: str = "sig"


class PublicKeys(Reply):
    keys: tuple[PublicKey, ...]


public_keys = Query("api.v1.auth.keys", Nothing, PublicKeys)
