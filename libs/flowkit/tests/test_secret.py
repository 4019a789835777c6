"""A secret does not get out by accident."""

import copy
import io
import json
import logging
import pickle
import pprint
import traceback
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import pytest
import structlog
from flowkit.secret import Exposed, Secret
from flowkit.telemetry.redaction import Limits, tellable
from rich.pretty import pretty_repr

CANARY = "hunter2 and a half"


@pytest.fixture
def secret() -> Secret:
    return Secret(CANARY)


@dataclass(frozen=True, slots=True)
class Holder:
    key: Secret


class Held(msgspec.Struct):
    key: Secret


def ways_to_write(secret: Secret) -> dict[str, Any]:
    return {
        "repr": repr(secret),
        "str": str(secret),
        "f-string": f"{secret} {secret!r} {secret!s} {secret:>40}",
        "format": "{0} {0:<9}".format(secret),  # noqa: UP032  the way is what is tried
        "percent": "%s %r" % (secret, secret),  # noqa: UP031  the same
        "in a list": str([secret]),
        "in a dataclass": repr(Holder(secret)),
        "in a struct": repr(Held(secret)),
        "as data": repr(asdict(Holder(secret))),
        "pprint": pprint.pformat({"a": secret}),
        "rich": pretty_repr(Holder(secret)),
        "a log line": tellable({"innocent": secret, "list": [secret], "held": Held(secret)}, Limits(1000, 10)),
        "an exception": "".join(traceback.format_exception(ValueError(secret))),
    }


def test_whichever_way_it_is_written_it_is_not_there(secret: Secret) -> None:
    leaks = {way: told for way, told in ways_to_write(secret).items() if "hunter2" in str(told)}

    assert leaks == {}


def test_whoever_looks_would_find_it() -> None:
    assert "hunter2" in str(ways_to_write(CANARY)["in a list"])  # pyright: ignore[reportArgumentType]  on purpose


def test_neither_log_tells_it(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    written = io.StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(written), processors=[structlog.processors.KeyValueRenderer()])

    log.info("connecting", to=secret, nested={"a": [secret]})
    logging.getLogger("test").warning("connecting to %s with %r", secret, {"a": secret})

    assert "connecting" in written.getvalue()
    assert "connecting" in caplog.text
    assert "hunter2" not in written.getvalue() + caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(secret: Secret, protocol: int) -> None:
    with pytest.raises(Exposed):
        pickle.dumps(Holder(secret), protocol)


@pytest.mark.parametrize("encode", [json.dumps, msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins])
def test_no_encoder_takes_it(secret: Secret, encode: Any) -> None:
    for value in (secret, [secret], {"a": secret}):
        with pytest.raises(TypeError):
            encode(value)
    with pytest.raises(TypeError):
        encode(Held(secret))


def test_a_copy_is_the_same_secret(secret: Secret) -> None:
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_two_are_the_same_by_what_they_hold(secret: Secret) -> None:
    assert secret == Secret(CANARY)
    assert hash(secret) == hash(Secret(CANARY))
    assert secret != Secret("another")
    assert secret != CANARY
    assert Secret("\ud800") == Secret("\ud800")
