"""auth as a process: what it says where it cannot start."""

import asyncio
import subprocess
import sys

from auth_service.keyring import new_key
from auth_service.store.keys import StoredKeys
from flowkit.servers import free_port


async def test_under_another_encryption_key_it_says_so_and_ends_as_for_bad_settings(
    stored_keys: StoredKeys, migrated_url: str
) -> None:
    await stored_keys.keep_first(new_key())
    told = {"DATABASE_URL": migrated_url, "KEYS_ENCRYPTION_KEY": "ab" * 32, "OPS_PORT": str(free_port())}

    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "auth_service"], env=told, capture_output=True, check=False, timeout=30
    )

    assert ended.returncode == 2
    assert b"KEYS_ENCRYPTION_KEY: signing key" in ended.stderr
    assert b"was sealed under another one" in ended.stderr
    assert b"Traceback" not in ended.stdout + ended.stderr
