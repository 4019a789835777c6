"""What a failure tells besides itself: when to come again, whether there was merely no room, whether to try on."""

from flowkit.contract import NotFound, Overloaded, TooManyRequests, Unavailable
from flowkit.wire import envelope


def test_a_plain_failure_tells_no_more_than_itself() -> None:
    sent = envelope.encode(envelope.failure(NotFound()))

    assert sent == b'{"success":false,"status":404,"errorCode":"NOT_FOUND","message":"Not found","detailed":[]}'


def test_when_to_come_again_is_told_to_the_millisecond() -> None:
    told = envelope.decode(envelope.encode(envelope.failure(TooManyRequests(retry_after=1.2001))))

    assert told.retry_after == 1.201


def test_having_no_room_is_told_from_being_unwell() -> None:
    busy = envelope.decode(envelope.encode(envelope.failure(Overloaded())))
    unwell = envelope.decode(envelope.encode(envelope.failure(Unavailable())))

    assert (busy.turned_away, unwell.turned_away) == (True, False)
    assert (busy.error_code, busy.message) == (unwell.error_code, unwell.message)


def test_that_nobody_need_try_further_is_told() -> None:
    fault = Unavailable()
    fault.is_final = True

    assert envelope.decode(envelope.encode(envelope.failure(fault))).final


def test_a_time_to_come_again_that_lies_behind_is_now() -> None:
    failed = b'{"success":false,"status":503,"errorCode":"SERVICE_UNAVAILABLE","message":"","retryAfterMs":-5}'

    assert envelope.decode(failed).retry_after == 0
