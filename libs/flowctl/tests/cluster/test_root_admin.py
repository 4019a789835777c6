"""Whose password the first administrator has."""

from pathlib import Path

import pytest
from flowctl.cluster.root_admin import MARKER, RootAdmin, forget_given_password

GIVEN = {"ROOT_ADMIN_PASSWORD": "correct horse"}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


def test_one_is_made_for_new_data_and_only_then(marker: Path) -> None:
    first = RootAdmin.of({}, marker)
    first.remember()

    assert len(first.password or "") >= 12
    assert RootAdmin.of({}, marker).password is None


def test_one_that_is_given_for_new_data_needs_no_change(marker: Path) -> None:
    given = RootAdmin.of(GIVEN, marker)

    assert given.password == "correct horse"
    assert not given.is_another


@pytest.mark.parametrize("before", [{}, {"ROOT_ADMIN_PASSWORD": "wrong horse"}])
def test_one_that_is_given_later_replaces_the_one_before(marker: Path, before: dict[str, str]) -> None:
    RootAdmin.of(before, marker).remember()

    given = RootAdmin.of(GIVEN, marker)
    assert given.is_another
    given.remember()

    assert not RootAdmin.of(GIVEN, marker).is_another


def test_the_one_given_before_stays_when_none_is_given(marker: Path) -> None:
    RootAdmin.of(GIVEN, marker).remember()
    RootAdmin.of({}, marker).remember()

    assert not RootAdmin.of(GIVEN, marker).is_another


def test_what_is_remembered_is_no_password(marker: Path) -> None:
    RootAdmin.of(GIVEN, marker).remember()

    assert "horse" not in marker.read_text()
    assert marker.stat().st_mode & 0o077 == 0


def test_one_that_was_replaced_by_hand_is_set_again_when_given_again(tmp_path: Path) -> None:
    marker = tmp_path / MARKER
    marker.parent.mkdir()
    RootAdmin.of(GIVEN, marker).remember()

    forget_given_password(tmp_path)

    assert RootAdmin.of(GIVEN, marker).is_another
