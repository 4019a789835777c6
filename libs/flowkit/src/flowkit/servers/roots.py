"""Where root keeps what the unprivileged user of its servers must reach, no existing folder's permissions widened."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flowkit.servers.account import Account
from flowkit.servers.lock import FolderInUse, Lock

ROOTS_STATE = Path("/var/lib/flow")
BELONGS_TO = "belongs-to"


def reachable_home(state: Path, base: Path = ROOTS_STATE) -> Path:
    """`state/postgres`; for root a new folder below `base`, and `state/postgres` the link that remembers it."""
    home = state / "postgres"
    if os.geteuid() != 0 or (home.exists() and not home.is_symlink()):
        return home
    if not home.exists():
        home.unlink(missing_ok=True)
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        home.symlink_to(new_home(base, state.resolve().parent.name))
    elsewhere = home.resolve()
    (elsewhere / BELONGS_TO).write_text(str(home.absolute()))
    _sweep(base)
    return elsewhere


def new_home(base: Path, name: str) -> Path:
    """A new folder of ours, which the servers' user may pass through but not list."""
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    if os.geteuid() == 0:
        home.chmod(0o711)
    return home


def reachable_copy(trees: Sequence[Path], name: str, account: Account, base: Path = ROOTS_STATE) -> Path:
    """The folder of `trees`, or where the account cannot reach it that of their copies, whole or not there at all."""
    if account.can_reach(trees[0]):
        return trees[0].parent
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    target = base / name
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=base))
        for tree in trees:
            shutil.copytree(tree, unfinished / tree.name, symlinks=True)
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


def _sweep(base: Path) -> None:
    """Remove homes whose state lay among temporary files and is gone; any other may belong to a folder that moved."""
    temporary = Path(tempfile.gettempdir()).resolve()
    for mark in base.glob(f"*/{BELONGS_TO}"):
        link = Path(mark.read_text())
        if link.is_relative_to(temporary) and link.resolve() != mark.parent.resolve():
            _remove_unless_in_use(mark.parent)


def _remove_unless_in_use(home: Path) -> None:
    lock = Lock(home / "lock")
    with contextlib.suppress(FolderInUse):
        lock.take()
        shutil.rmtree(home, ignore_errors=True)
        lock.release()
