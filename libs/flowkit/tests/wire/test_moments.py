"""What is written is read again, and what is no moment is told from one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flowkit.wire import moments

NOON = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)


def test_a_moment_is_written_in_utc() -> None:
    assert moments.written(NOON) == "2026-01-31T12:00:00.250000Z"
    assert moments.written(NOON.astimezone(timezone(timedelta(hours=2)))) == moments.written(NOON)


def test_what_is_written_is_read_as_it_was() -> None:
    assert moments.read(moments.written(NOON)) == NOON


@pytest.mark.parametrize("said", ["", "yesterday", "2026-01-31T12:00:00", "2026-13-31T12:00:00Z"])
def test_what_is_no_moment_or_none_in_particular_is_none(said: str) -> None:
    assert moments.read(said) is None
