"""What was acted on is remembered for as long as it could be given again, by hand too."""

from datetime import timedelta

from auth_service.settings import Settings as Keeper
from flowkit.process.settings import ReactingSettings
from flowkit.reactions import ReactionOptions
from flowkit.streams.declared import StreamOptions
from msgspec.structs import fields


def default_of(settings: type, name: str) -> int:
    return next(field.default for field in fields(settings) if field.name == name)


def test_marks_outlast_a_letter_that_is_replayed_on_its_last_day_and_read_on_the_last_of_that() -> None:
    """A letter may be of an event that was done: stored just before a crash, the next delivery going well."""
    marks = default_of(ReactingSettings, "event_marks_days")
    assert marks > default_of(Keeper, "dead_letters_days") + default_of(Keeper, "events_days")
    assert ReactionOptions().marks_kept == timedelta(days=marks)
    assert ReactionOptions().marks_kept > timedelta(days=StreamOptions().dead_letter_days + StreamOptions().days)
