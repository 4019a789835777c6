"""Secrets at rest: sealed under a key that the database never sees."""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = slice(1, 13)
_SEALED = slice(13, None)
_NONCE_BYTES = 12


class WrongKey(Exception):
    """Sealed under another key, under another name, or altered since."""


@dataclass(frozen=True, slots=True)
class Seal:
    """AES-256-GCM. What is sealed under one name does not open under another."""

    key: bytes = field(repr=False)

    def close(self, plain: bytes, name: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self.key).encrypt(nonce, plain, name.encode())

    def open(self, sealed: bytes, name: str) -> bytes:
        if sealed[:1] != _VERSION:
            raise WrongKey(name)
        try:
            return AESGCM(self.key).decrypt(sealed[_NONCE], sealed[_SEALED], name.encode())
        except (InvalidTag, ValueError) as fault:
            raise WrongKey(name) from fault
