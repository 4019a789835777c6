"""What the tries so far say of the next: lanes, delays, and that there are never more than ten in a window."""

import random

from flowkit.security.login_history import ROOM, WINDOW_S, Lane, LoginHistory, Try, Wait
from flowkit.security.visitors import Visitor

EMAIL = "ada@example.org"
DAY_S = 86_400.0
HOME, WORK = Visitor.of(EMAIL, "198.51.100.7"), Visitor.of(EMAIL, "203.0.113.9")


def stranger(number: int) -> Visitor:
    return Visitor.of(EMAIL, f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}")


class Story:
    """Tries one after another, each judged by a history that is written and read again."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.history = LoginHistory()
        self.hashed: list[float] = []

    def asks(self, who: Visitor) -> Lane | Wait:
        return self.history.place(who, self.now)

    def begins(self, who: Visitor) -> Try | None:
        place = self.asks(who)
        if isinstance(place, Wait):
            return None
        granted = Try(f"{len(self.hashed)}", self.now, who.address, place)
        self._keep(self.history.granted(granted))
        self.hashed.append(self.now)
        return granted

    def fails(self, who: Visitor) -> bool:
        """Whether it was hashed."""
        granted = self.begins(who)
        if granted is not None:
            self._keep(self.history.failed(granted))
        return granted is not None

    def signs_in(self, who: Visitor) -> bool:
        granted = self.begins(who)
        if granted is not None:
            self._keep(self.history.proven(granted, who))
        return granted is not None

    def _keep(self, history: LoginHistory) -> None:
        self.history = LoginHistory.read(history.write())


def waited(answer: Lane | Wait) -> float:
    assert isinstance(answer, Wait)
    return answer.seconds


def test_the_delay_grows_with_each_failure_from_one_address() -> None:
    story = Story()
    assert story.fails(HOME)
    assert story.fails(HOME)
    assert story.fails(HOME)
    assert waited(story.asks(HOME)) == 5
    story.now += 5
    assert story.fails(HOME)
    assert waited(story.asks(HOME)) == WINDOW_S - 5, "until its first is over"


def test_whose_password_is_right_has_no_delay_left_and_more_room_the_next_time() -> None:
    story = Story()
    for _ in range(2):
        story.fails(HOME)
    assert story.signs_in(HOME)
    story.now += 1
    delays: list[float] = []
    for _ in range(4):
        assert story.fails(HOME)
        answer = story.asks(HOME)
        delays.append(answer.seconds if isinstance(answer, Wait) else 0)
        story.now += delays[-1]
    assert delays == [0, 0, 5, WINDOW_S - 5]


def test_an_attacker_at_one_address_leaves_room_for_a_newcomer() -> None:
    story = Story()
    for _ in range(200):
        story.fails(WORK)
        story.now += 0.1
    assert len(story.hashed) == 4
    assert story.signs_in(HOME)


def test_attackers_at_any_number_of_addresses_leave_room_for_where_one_signed_in_before() -> None:
    story = Story()
    story.signs_in(HOME)
    tries = [story.fails(stranger(number)) for number in range(200)]
    assert sum(tries) == ROOM["newcomer"] + ROOM["other"]
    assert story.signs_in(HOME)
    neighbour = Visitor.of(EMAIL, "198.51.100.99")
    assert story.signs_in(neighbour), "an address given anew lies near the old one"


def test_an_attacker_next_door_leaves_room_for_another_address_of_the_same_network() -> None:
    story, next_door = Story(), Visitor.of(EMAIL, "198.51.100.200")
    story.signs_in(HOME)
    for _ in range(1000):
        story.fails(next_door)
        story.now += 0.5
    assert story.signs_in(HOME)


def test_from_one_address_a_known_account_is_throttled_as_an_unknown_one_is() -> None:
    known, unknown = Story(), Story()
    known.signs_in(Visitor.of(EMAIL, "198.51.100.99"))
    for story in (known, unknown):
        story.now = 2_000_000.0
    for _ in range(2000):
        assert known.fails(HOME) == unknown.fails(HOME)
        now, then = known.asks(HOME), unknown.asks(HOME)
        assert (now == then) or not isinstance(now, Wait)
        assert isinstance(now, Wait) == isinstance(then, Wait)
        known.now += 7
        unknown.now += 7


def test_a_handful_of_attackers_cannot_keep_a_newcomer_out_for_more_than_a_window() -> None:
    story = Story()
    for _ in range(int(4 * WINDOW_S)):
        for number in range(20):
            story.fails(stranger(number))
        story.now += 1
    late = next(wait for wait in range(int(WINDOW_S)) if isinstance(story.history.place(HOME, story.now + wait), str))
    assert late < WINDOW_S


def test_many_at_once_from_one_address_are_bounded_before_any_is_judged() -> None:
    story = Story()
    begun = [story.begins(HOME) for _ in range(50)]
    assert sum(each is not None for each in begun) == 4
    refused = story.asks(HOME)
    assert isinstance(refused, Wait)
    assert refused.may_end_sooner, "each of them may still prove right"


def test_a_try_nobody_settled_counts_as_failed() -> None:
    story = Story()
    for _ in range(3):
        story.begins(HOME)
    story.now += 11
    answer = story.asks(stranger(1))
    assert answer == "newcomer"
    refused = story.asks(HOME)
    assert not isinstance(refused, Wait), "its delay of 5 s is over"
    story.begins(HOME)
    story.now += 11
    last = story.asks(HOME)
    assert isinstance(last, Wait)
    assert not last.may_end_sooner


def test_a_proof_takes_nothing_back_but_its_own_try() -> None:
    story = Story()
    story.signs_in(HOME)
    for number in range(50):
        story.fails(stranger(number))
    for _ in range(20):
        assert story.signs_in(HOME)
    assert waited(story.asks(stranger(99))) > 0


def test_no_window_ever_has_more_than_ten_that_did_not_prove_right() -> None:
    """Whatever mixture of addresses, parallel tries and honest logins comes, at whatever pace."""
    chance = random.Random(20_261_121)  # noqa: S311  a story, no secret
    for _ in range(30):
        story, failed = Story(), list[float]()
        for _ in range(600):
            story.now += chance.choice((0, 0, 0.2, 1, 20, 300))
            who = chance.choice((HOME, WORK, stranger(chance.randrange(400))))
            if chance.random() < 0.1:
                story.signs_in(who)
            elif story.begins(who) if chance.random() < 0.3 else story.fails(who):
                failed.append(story.now)
            recent = [at for at in failed if story.now - at < WINDOW_S]
            assert len(recent) <= 10


def test_a_history_stays_small_whatever_happens() -> None:
    story = Story()
    for number in range(5000):
        story.fails(stranger(number))
        if number % 20 == 0:
            story.signs_in(stranger(1_000_000 + number))
        story.now += 60
    assert len(story.history.tries) <= 10 * 6 * 4
    assert len(story.history.known) <= 16
    assert len(story.history.write()) < 12_000


def test_what_is_known_is_forgotten_after_a_season() -> None:
    story = Story()
    story.signs_in(HOME)
    assert story.asks(HOME) == "known"
    story.now += 91 * DAY_S
    assert story.asks(HOME) == "newcomer"


def test_where_nobody_was_told_to_sit_is_never_known() -> None:
    story, nowhere = Story(), Visitor.of(EMAIL, "")
    assert story.signs_in(nowhere)
    assert story.history.known == {}
