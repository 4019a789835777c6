"""Who we are to the server, and what it forbids."""

from time import monotonic

import pytest
from flowkit.bus import Denied, Disconnected
from flowkit.bus.nats import NatsOptions

from .guarded import GuardedServer
from .wires import connected, until


async def test_wrong_credentials_then_right_ones() -> None:
    async with GuardedServer.asking_for("old") as server, connected(server.url_for("new"), wait=False) as bus:
        with pytest.raises(Disconnected):
            await bus.request("echo", b"", within=0.5)
        server.change_password("new")

        await until(lambda: bus.is_connected)
        server.change_password("other")
        await until(lambda: not bus.is_connected)
        server.change_password("new")
        await until(lambda: bus.is_connected)


async def test_a_denied_subject_is_counted() -> None:
    async with GuardedServer.asking_for("secret") as server, connected(server.url_for("secret")) as bus:
        await bus.publish("forbidden.thing", b"")
        await until(lambda: bus.permission_violations == 1)
        await bus.subscribe("forbidden.thing", lambda _: None)
        await until(lambda: bus.permission_violations == 2)
        assert bus.is_connected


async def test_whoever_asks_what_it_may_not_is_told_at_once() -> None:
    async with GuardedServer.asking_for("secret") as server, connected(server.url_for("secret")) as bus:
        began = monotonic()
        with pytest.raises(Denied, match=r'publish to "forbidden\.thing"'):
            await bus.request("forbidden.Thing", b"", within=20)

        assert monotonic() - began < 5
        assert bus.awaiting == 0


async def test_who_may_not_listen_knows_what_it_is_deaf_to() -> None:
    async with GuardedServer.asking_for("secret") as server, connected(server.url_for("secret")) as bus:
        await bus.subscribe("allowed", lambda _: None)
        await bus.subscribe("forbidden.thing", lambda _: None, queue="group")
        await bus.flush(within=20)

        assert bus.deaf_to == {"forbidden.thing"}


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:4222", "127.0.0.1:4222", "nats://", "nats://a:1,ws://b"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="NATS URL"):
        NatsOptions(url)


@pytest.mark.parametrize("prefix", ["a b", "a.*", "a."])
def test_an_inbox_prefix_that_is_none_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        NatsOptions(inbox_prefix=prefix)


def test_replies_go_to_the_users_own_inbox() -> None:
    assert NatsOptions("nats://ann:secret@one").inbox_prefix == "_INBOX_ann"
    assert NatsOptions("nats://one").inbox_prefix == "_INBOX"
    with pytest.raises(ValueError, match="subject"):
        NatsOptions("nats://a*n:secret@one")


def test_credentials_are_read_from_the_url_and_shown_nowhere() -> None:
    options = NatsOptions("nats://ann:p%40ss@one:1,tls://t0ken@[::1]:2,nats://three")

    one, two_, three = options.servers

    assert (one.url, one.user, one.password, one.token) == ("nats://one:1", "ann", "p@ss", "")
    assert (two_.url, two_.user, two_.password, two_.token) == ("tls://[::1]:2", "", "", "t0ken")
    assert (three.url, three.user, three.token) == ("nats://three:4222", "", "")
    assert "p@ss" not in repr(options)
    assert "p%40ss" not in repr(options)
    assert "t0ken" not in repr(options)
