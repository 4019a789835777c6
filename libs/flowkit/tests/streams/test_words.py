"""Where JetStream has no number of its own for what is wrong, its words decide: these, of the server we build on."""

import pytest
from flowkit.bus import Bus
from flowkit.contract import DEAD_LETTERS
from flowkit.reactions.dead_letters import THERE_ALREADY
from flowkit.streams import NotStored, Streams, StreamsRefused, api

from .grounds import SOON_S, Teller

DEAD = "dead.keeper.lamp.lit.v1"

type Refusal = tuple[int, str]


async def refusal(bus: Bus, what: str, asked: object) -> Refusal:
    with pytest.raises(StreamsRefused) as refused:
        await api.ask(bus, f"{what}.{DEAD_LETTERS}", asked, api.Answer, within=SOON_S)
    return refused.value.code, refused.value.description


async def test_a_second_message_of_a_subject_that_holds_one(streams: Streams, teller: Teller) -> None:
    await teller.tell(b"one", subject=f"{DEAD}.id")

    with pytest.raises(NotStored) as refused:
        await teller.tell(b"one", subject=f"{DEAD}.id")

    assert (refused.value.code, refused.value.description) == (10077, "maximum messages per subject exceeded")
    assert THERE_ALREADY in refused.value.description


@pytest.mark.parametrize("place", [1, 1000])
async def test_no_message_where_one_is_asked_for(bus: Bus, streams: Streams, place: int) -> None:
    asked = {"seq": place, "next_by_subj": f"{DEAD}.id"}

    assert await refusal(bus, "STREAM.MSG.GET", asked) == (api.NO_MESSAGE, "no message found")


@pytest.mark.parametrize(("place", "words"), [(1, "no message found"), (1000, "stream store EOF")])
async def test_no_message_where_one_is_to_be_dropped(
    bus: Bus, streams: Streams, teller: Teller, place: int, words: str
) -> None:
    await streams.drop(DEAD_LETTERS, (await teller.tell(b"one", subject=f"{DEAD}.id")).place)

    code, said = await refusal(bus, "STREAM.MSG.DELETE", {"seq": place})

    assert (code, said) == (10057, words)
    assert said in api.NOTHING_TO_DELETE
