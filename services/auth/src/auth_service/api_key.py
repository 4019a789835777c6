"""An API key as its owner holds it, and what is stored of it."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from flowkit.contract import Identity, Role

PREFIX: Final = "fak_"
# Written out in full, so that those who search code for secrets can tell one.
_SHAPE = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_([A-Za-z0-9_-]{{43}})")
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client shows: which key it says it is, and what proves it."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> "Presented":
        return cls(str(uuid4()), secrets.token_urlsafe(_SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> "Presented | None":
        found = _SHAPE.fullmatch(text)
        return None if found is None else cls(str(UUID(hex=found[1])), found[2])

    @property
    def text(self) -> str:
        return f"{PREFIX}{UUID(self.id).hex}_{self.secret}"

    @property
    def digest(self) -> bytes:
        # 256 random bits: there is nothing to guess that a slow hash would make slower.
        return hashlib.sha256(self.secret.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApiKey:
    id: str
    name: str
    role: Role
    root: bool
    contracts: tuple[str, ...]
    made_by: str
    digest: bytes = field(repr=False)
    expires_at: datetime | None
    last_used_at: datetime | None = None

    def is_proven_by(self, presented: Presented, now: datetime) -> bool:
        is_over = self.expires_at is not None and self.expires_at <= now
        return hmac.compare_digest(self.digest, presented.digest) and not is_over

    @property
    def identity(self) -> Identity:
        """A somebody of its own. What vouches for it is the key itself: revoked, it is nobody's."""
        email = f"{self.id}@api-key.local"
        return Identity(
            id=self.id, email=email, role=self.role, root=self.root, session=self.id, contracts=self.contracts
        )
