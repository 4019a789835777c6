"""What is sealed opens under the same key and the same name, unaltered; otherwise not at all."""

import pytest
from auth_service.seal import Seal, WrongKey
from auth_service.settings import Settings
from flowkit.process.settings import BadSettings, read

SEAL, PLAIN = Seal(bytes(32)), b"thirty-two bytes of a secret key"
KEY = bytes.fromhex("fbff" * 16)
DATABASE = {"DATABASE_URL": "postgresql://auth@localhost/auth"}


def test_what_is_sealed_opens_again_and_is_never_the_same_twice() -> None:
    one, other = SEAL.close(PLAIN, "kid"), SEAL.close(PLAIN, "kid")

    assert SEAL.open(one, "kid") == SEAL.open(other, "kid") == PLAIN
    assert one != other
    assert PLAIN not in one


@pytest.mark.parametrize("place", range(len(SEAL.close(PLAIN, "kid"))))
def test_a_bit_that_is_altered_anywhere_is_noticed(place: int) -> None:
    sealed = bytearray(SEAL.close(PLAIN, "kid"))
    sealed[place] ^= 1

    with pytest.raises(WrongKey):
        SEAL.open(bytes(sealed), "kid")


@pytest.mark.parametrize("cut", [b"", b"\x01", b"\x01" + bytes(12), PLAIN])
def test_what_was_never_sealed_does_not_open(cut: bytes) -> None:
    with pytest.raises(WrongKey):
        SEAL.open(cut, "kid")


def test_the_key_is_not_shown() -> None:
    assert "key" not in repr(Seal(b"k" * 32))


@pytest.mark.parametrize(
    "text",
    [
        "fbff" * 16,
        "FBFF" * 16,
        "+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+/8=",
        "-__7__v_-__7__v_-__7__v_-__7__v_-__7__v_-_8",
    ],
)
def test_it_is_read_from_hex_and_from_base64(text: str) -> None:
    assert read(Settings, DATABASE | {"KEYS_ENCRYPTION_KEY": text}).encryption_key == KEY


@pytest.mark.parametrize("text", ["", "fbff" * 15, "password", "-" * 44, "g" * 64])
def test_what_is_no_such_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(Settings, DATABASE | {"KEYS_ENCRYPTION_KEY": text})

    (problem,) = refused.value.problems
    assert problem.variable == "KEYS_ENCRYPTION_KEY"
    assert "32 bytes, in hex or base64" in problem.fault
    assert not text or text not in problem.fault
