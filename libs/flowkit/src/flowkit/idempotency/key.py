"""A client's Idempotency-Key: what is stored is found by it and read with it, and tells nothing without it."""

import re
import secrets
from dataclasses import dataclass, field
from typing import ClassVar, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from flowkit.contract import Invalid, Wrong

_PART = 32
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Key:
    """Of one caller and one flow: the same words from somebody else are another key."""

    HEADER: ClassVar = "Idempotency-Key"
    # Long enough for any UUID, hash or ULID; what is shorter is guessed, or met again by accident.
    SHAPE: ClassVar = r"^[\x21-\x7e]{8,255}$"

    id: bytes
    _fingerprinting: bytes = field(repr=False)
    _sealing: bytes = field(repr=False)

    @classmethod
    def of(cls, given: str, subject: str, caller: str) -> Self:
        """Raises Invalid for what is none."""
        derive = HKDF(hashes.SHA256(), 3 * _PART, salt=None, info=f"idempotency\0{subject}\0{caller}".encode())
        parts = derive.derive(cls.checked(given).encode())
        return cls(parts[:_PART], parts[_PART : 2 * _PART], parts[2 * _PART :])

    @staticmethod
    def checked(given: str) -> str:
        if not re.fullmatch(Key.SHAPE, given):
            raise Key.refusal()
        return given

    @staticmethod
    def refusal() -> Invalid:
        return Invalid(detailed=(Wrong(Key.HEADER, "Expected once: 8 to 255 printable ASCII characters, no blanks"),))

    def fingerprint(self, payload: bytes) -> bytes:
        """Tells one payload from another; keyed, since a password in a plainly hashed payload could be guessed at."""
        mac = hmac.HMAC(self._fingerprinting, hashes.SHA256())
        mac.update(payload)
        return mac.finalize()

    def seal(self, answer: bytes) -> bytes:
        """Answers hold tokens; who reads the database reads none of them."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._sealing).encrypt(nonce, answer, self.id)

    def open(self, sealed: bytes) -> bytes:
        try:
            return AESGCM(self._sealing).decrypt(sealed[:_NONCE], sealed[_NONCE:], self.id)
        except InvalidTag as fault:
            raise ValueError("a kept answer was altered") from fault
