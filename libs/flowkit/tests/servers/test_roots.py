"""What root must keep elsewhere, so that an unprivileged user can reach it and nothing is opened to anyone."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from flowkit.servers import Lock
from flowkit.servers.account import Account
from flowkit.servers.binaries import postgres_binaries
from flowkit.servers.roots import reachable_copy, reachable_home

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps it elsewhere")
NOBODY = Account(65534, 65534)


def a_state(project: Path) -> Path:
    state = project / ".flow"
    project.mkdir()
    state.mkdir(mode=0o700)
    return state


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return a_state(tmp_path / "project")


@as_root
def test_the_home_of_root_is_remembered_by_a_link(state: Path, tmp_path: Path) -> None:
    home = reachable_home(state, tmp_path / "base")

    assert home.parent == tmp_path / "base"
    assert home.name.startswith("project-")
    assert reachable_home(state, tmp_path / "base") == home
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o711


@as_root
def test_a_home_that_is_gone_is_made_anew(state: Path, tmp_path: Path) -> None:
    shutil.rmtree(reachable_home(state, tmp_path / "base"))

    assert reachable_home(state, tmp_path / "base").is_dir()


@as_root
def test_data_of_an_ordinary_user_are_served_as_that_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 1234)

    assert Account.when_root(tmp_path) == Account(4321, 1234)


def test_a_closed_folder_anywhere_above_keeps_a_stranger_out(tmp_path: Path) -> None:
    inner = tmp_path / "closed/open"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)

    assert not NOBODY.can_reach(inner)


@as_root
def test_programs_a_stranger_cannot_reach_are_copied_once(tmp_path: Path) -> None:
    site = tmp_path / "closed/site"
    trees = [site / "programs", site / "programs.libs"]
    for tree in trees:
        tree.mkdir(parents=True)
        (tree / "file").write_text("1")
    (tmp_path / "closed").chmod(0o700)

    copy = reachable_copy(trees, "site-1", NOBODY, tmp_path / "base")
    (site / "programs/file").write_text("2")

    assert reachable_copy(trees, "site-1", NOBODY, tmp_path / "base") == copy
    assert (copy / "programs/file").read_text() == "1"
    assert (copy / "programs.libs/file").exists()
    assert [entry.name for entry in (tmp_path / "base").iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755


@as_root
def test_the_copied_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot_reach(_: Account, __: Path) -> bool:
        return False

    monkeypatch.setattr(Account, "can_reach", cannot_reach)

    programs = postgres_binaries(NOBODY, tmp_path)

    assert programs.postgres.is_relative_to(tmp_path)
    for program in (programs.initdb, programs.postgres):
        told = subprocess.run([program, "--version"], capture_output=True, check=True, env={})
        assert b"PostgreSQL" in told.stdout


@as_root
def test_a_home_is_removed_when_its_temporary_state_is_gone(tmp_path: Path) -> None:
    base = tmp_path / "base"
    homes = [reachable_home(a_state(tmp_path / name), base) for name in ("gone", "kept", "used")]
    lock = Lock(homes[2] / "lock")
    lock.take()
    for name in ("gone", "used"):
        shutil.rmtree(tmp_path / name)

    newest = reachable_home(a_state(tmp_path / "new"), base)

    assert set(base.iterdir()) == {homes[1], homes[2], newest}
    lock.release()


@as_root
def test_a_home_of_a_folder_that_moved_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "base"
    home = reachable_home(a_state(tmp_path / "project"), base)
    (tmp_path / "project").rename(tmp_path / "moved")
    monkeypatch.setattr(tempfile, "tempdir", "/somewhere/else")

    reachable_home(a_state(tmp_path / "new"), base)

    assert reachable_home(tmp_path / "moved/.flow", base) == home
