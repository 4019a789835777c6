"""Where root keeps what the unprivileged user of its servers must reach, no existing folder's permissions widened."""

import os
import shutil
import tempfile
from pathlib import Path

from flowkit.servers.account import Account

ROOTS_STATE = Path("/var/lib/flow")


def reachable_home(state: Path, base: Path = ROOTS_STATE) -> Path:
    """`state/postgres`; for root a new folder below `base`, and `state/postgres` the link that remembers it."""
    home = state / "postgres"
    if os.geteuid() != 0 or home.exists():
        return home.resolve()
    home.unlink(missing_ok=True)
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    elsewhere = new_home(base, state.resolve().parent.name)
    home.symlink_to(elsewhere)
    return elsewhere


def new_home(base: Path, name: str) -> Path:
    """A new folder of ours, which the servers' user may pass through but not list."""
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    if os.geteuid() == 0:
        home.chmod(0o711)
    return home


def reachable_copy(tree: Path, name: str, account: Account, base: Path = ROOTS_STATE) -> Path:
    """`tree`, or where the account cannot reach it a copy, whole or not there at all."""
    if account.can_reach(tree):
        return tree
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    target = base / name
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=base))
        shutil.copytree(tree, unfinished, symlinks=True, dirs_exist_ok=True)
        _move_unless_another_was_first(unfinished, target)
    return target


def _move_unless_another_was_first(unfinished: Path, target: Path) -> None:
    unfinished.chmod(0o755)
    try:
        unfinished.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(unfinished)
