"""The key under which auth seals its private keys: given, or made on the first start and kept."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from flowctl.cluster.description import write_whole
from flowctl.cluster.environment import KEYS_ENCRYPTION_KEY, handed_on

FILE = "keys-encryption-key"
_BYTES = 32


def told(environ: Mapping[str, str], kept: Path) -> dict[str, str]:
    """What auth is told of it. One that is given is not kept: whoever gives it keeps it."""
    if given := handed_on(KEYS_ENCRYPTION_KEY, environ):
        return given
    if not kept.exists():
        write_whole(f"{secrets.token_hex(_BYTES)}\n".encode(), kept)
    return {f"{KEYS_ENCRYPTION_KEY}_FILE": str(kept.resolve())}
