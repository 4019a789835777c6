"""auth as a process: what it says where it cannot start."""

import asyncio
import subprocess
import sys

from auth_service.store.keys import StoredKeys
from flowkit.servers import free_port

from .test_rotation import ROTATION


async def test_under_another_encryption_key_it_says_so_and_ends_as_for_bad_settings(
    stored_keys: StoredKeys, migrated_url: str
) -> None:
    await stored_keys.change(ROTATION.due)
    told = {"DATABASE_URL": migrated_url, "KEYS_ENCRYPTION_KEY": "ab" * 32, "OPS_PORT": str(free_port())}
    told["LOSSY_DATABASE"] = "allowed"

    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "auth_service"], env=told, capture_output=True, check=False, timeout=30
    )

    assert ended.returncode == 2
    assert b"KEYS_ENCRYPTION_KEY: signing key" in ended.stderr
    assert b"was sealed under another one" in ended.stderr
    assert b"Traceback" not in ended.stdout + ended.stderr


async def rotated(url: str, *arguments: str) -> tuple[int, str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "auth_service", "rotate-keys", *arguments),
        env={"DATABASE_URL": url, "KEYS_ENCRYPTION_KEY": "00" * 32},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await program.communicate()
    return program.returncode or 0, output.decode().strip()


async def test_by_command_a_key_is_made_that_signs_next_and_at_once_none_but_it_is_left(
    stored_keys: StoredKeys, migrated_url: str
) -> None:
    (first,) = await stored_keys.change(ROTATION.due)

    code, following = await rotated(migrated_url)
    assert code == 0
    assert [key.kid for key in await stored_keys.all()] == [following, first.kid]
    assert await rotated(migrated_url) == (0, following)

    code, only = await rotated(migrated_url, "--at-once")
    assert code == 0
    assert [key.kid for key in await stored_keys.all()] == [only]
    assert only not in (first.kid, following)
    assert await rotated(migrated_url, "--now") == (2, "")
