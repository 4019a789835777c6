"""What a call announced is told in its line, so that what came of it is found."""

from flowkit.testing.calls import a_call


def test_a_call_names_what_it_announced_and_when() -> None:
    call = a_call()

    call.announces("order.created", "one")
    call.announces("order.created", "two")

    assert [(each.event, each.event_id) for each in call.announced] == [
        ("order.created", "one"),
        ("order.created", "two"),
    ]
    assert 0 <= call.announced[0].at_ms <= call.announced[1].at_ms


def test_a_call_that_announces_without_end_names_the_first_of_it() -> None:
    call = a_call()

    for number in range(1000):
        call.announces("order.created", str(number))

    assert [each.event_id for each in call.announced] == [str(number) for number in range(50)]
