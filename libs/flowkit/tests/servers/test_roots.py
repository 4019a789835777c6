"""What root must keep elsewhere, so that an unprivileged user can reach it and nothing is opened to anyone."""

import os
import stat
from pathlib import Path

import pytest
from flowkit.servers.account import Account
from flowkit.servers.roots import reachable_copy, reachable_home

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps it elsewhere")
NOBODY = Account(65534, 65534)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "project/.flow"
    state.mkdir(parents=True, mode=0o700)
    return state


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
    reachable_home(state, tmp_path / "base").rmdir()

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
    tree = tmp_path / "closed/tree"
    tree.mkdir(parents=True)
    (tree / "program").write_text("1")
    (tmp_path / "closed").chmod(0o700)

    copy = reachable_copy(tree, "tree-1", NOBODY, tmp_path / "base")
    (tree / "program").write_text("2")

    assert (reachable_copy(tree, "tree-1", NOBODY, tmp_path / "base") / "program").read_text() == "1"
    assert [entry.name for entry in (tmp_path / "base").iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755
