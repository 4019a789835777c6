import pytest
from flowkit.contract import Invalid
from flowkit.idempotency import Key

GIVEN = "7f0c1e0a-5d0b-4a55-9f5e-2f9b4f1d3c61"
SUBJECT = "api.v1.customer.register"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 256, "with a blank", "tab\tbed", "newline\n", "é" * 10, "\0" * 10]
)
def test_what_is_no_key_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        Key.of(given, SUBJECT, "")
    assert [wrong.field for wrong in refused.value.detailed] == ["Idempotency-Key"]


@pytest.mark.parametrize(
    "another",
    [
        Key.of(GIVEN + "2", SUBJECT, "ada"),
        Key.of(GIVEN, "api.v1.admin.createAdmin", "ada"),
        Key.of(GIVEN, SUBJECT, "bob"),
        Key.of(GIVEN, SUBJECT, ""),
    ],
)
def test_a_key_is_of_its_flow_and_its_caller(another: Key) -> None:
    key = Key.of(GIVEN, SUBJECT, "ada")
    assert another.id != key.id
    assert another.fingerprint(b"{}") != key.fingerprint(b"{}")
    with pytest.raises(ValueError, match="altered"):
        another.open(key.seal(b"a token"))


def test_the_same_words_are_the_same_key() -> None:
    first, second = Key.of(GIVEN, SUBJECT, "ada"), Key.of(GIVEN, SUBJECT, "ada")
    assert first.id == second.id
    assert first.fingerprint(b"{}") == second.fingerprint(b"{}")
    assert second.open(first.seal(b"a token")) == b"a token"


def test_what_is_stored_tells_nothing() -> None:
    key = Key.of(GIVEN, SUBJECT, "")
    sealed = key.seal(b"a token")
    assert b"a token" not in sealed
    assert GIVEN.encode() not in key.id + sealed
    assert repr(key) == f"Key(id={key.id!r})"


def test_an_altered_answer_is_noticed() -> None:
    key = Key.of(GIVEN, SUBJECT, "")
    sealed = bytearray(key.seal(b"a token"))
    sealed[-1] ^= 1
    with pytest.raises(ValueError, match="altered"):
        key.open(bytes(sealed))
