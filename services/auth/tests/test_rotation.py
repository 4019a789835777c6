"""When keys come and go."""

from datetime import timedelta

from auth_service.ports import StoredKey
from auth_service.rotation import Rotation, at_once, new_key, signing

from .fakes import NOON

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ROTATION = Rotation(every=30 * DAY, lead=10 * MINUTE, longest=HOUR)


def made(change_of: StoredKey | None) -> StoredKey:
    assert change_of is not None
    return change_of


def test_where_there_is_no_key_one_is_made_and_signs_at_once() -> None:
    change = ROTATION.due([], NOON)

    assert made(change.add).signs_from == NOON
    assert not change.drop


def test_the_next_is_made_so_early_that_all_know_it_when_it_signs() -> None:
    first = new_key(NOON)
    due = NOON + 30 * DAY - 10 * MINUTE

    assert not ROTATION.due([first], due - MINUTE)
    second = made(ROTATION.due([first], due).add)

    assert second.signs_from == NOON + 30 * DAY
    assert not ROTATION.due([second, first], due + MINUTE)
    assert signing([second, first], second.signs_from - MINUTE) is first
    assert signing([second, first], second.signs_from) is second


def test_a_schedule_that_was_slept_through_makes_one_key_not_many() -> None:
    first = new_key(NOON)
    late = NOON + 365 * DAY

    second = made(ROTATION.due([first], late).add)

    assert second.signs_from == late + 10 * MINUTE
    assert not ROTATION.due([second, first], late)


def test_a_key_goes_when_all_that_it_signed_has_run_out_and_no_sooner() -> None:
    first, second = new_key(NOON), new_key(NOON + DAY)
    over = second.signs_from + HOUR + MINUTE

    assert not ROTATION.due([second, first], over - MINUTE)
    assert ROTATION.due([second, first], over).drop == {first.kid}


def test_of_three_keys_each_is_measured_by_the_one_after_it() -> None:
    keys = [new_key(NOON + 2 * HOUR), new_key(NOON + HOUR), new_key(NOON)]
    third, second, first = keys

    change = ROTATION.due(keys, NOON + 2 * HOUR + 2 * MINUTE)

    assert change.drop == {first.kid}
    assert ROTATION.due(keys, NOON + 4 * HOUR).drop == {first.kid, second.kid}
    assert signing(keys, NOON + 3 * HOUR) is third


def test_the_last_key_never_goes() -> None:
    assert not ROTATION.due([new_key(NOON)], NOON + 29 * DAY).drop


def test_by_command_a_key_follows_after_the_usual_notice() -> None:
    first = new_key(NOON)

    second = made(ROTATION.another([first], NOON + DAY).add)

    assert second.signs_from == NOON + DAY + 10 * MINUTE
    assert not ROTATION.another([second, first], NOON + DAY + MINUTE)


def test_at_once_leaves_no_other_key() -> None:
    first, second = new_key(NOON), new_key(NOON + HOUR)

    change = at_once([second, first], NOON + MINUTE)

    assert made(change.add).signs_from == NOON + MINUTE
    assert change.drop == {first.kid, second.kid}
