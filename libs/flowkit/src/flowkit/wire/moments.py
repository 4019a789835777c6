"""Moments as they travel: RFC 3339, in UTC."""

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read(said: str) -> datetime | None:
    """None where it is no moment, or not the same one everywhere."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment
