"""Logs that stay small, and what is new in them."""

from pathlib import Path

from flowctl.cluster.log_file import NOWHERE, Bookmark, LogFile


def test_what_comes_after_a_bookmark_is_new(tmp_path: Path) -> None:
    log = tmp_path / "lamp.log"
    log.write_text("old\n")
    bookmark = Bookmark.at_the_end_of(log)
    with log.open("a") as more:
        more.write("one\ntwo\nthree\n")

    assert bookmark.last_lines(2) == ["two", "three"]
    assert bookmark.last_lines(9) == ["one", "two", "three"]


def test_a_log_that_was_set_aside_meanwhile_is_all_new(tmp_path: Path) -> None:
    path = tmp_path / "lamp.log"
    with LogFile(path, largest=20) as log:
        log.write(b"a long old story\n")
        bookmark = Bookmark.at_the_end_of(path)
        log.write(b"news\n")

    assert bookmark.last_lines(9) == ["news"]


def test_where_there_is_no_log_there_are_no_lines(tmp_path: Path) -> None:
    assert Bookmark.at_the_end_of(tmp_path / "none.log").last_lines(9) == []
    assert NOWHERE.last_lines(9) == []
