"""Where NATS is, who we are to it, and how patient we are with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from flowkit.bus import subject
from flowkit.contract import ANYBODYS_INBOX, inbox_prefix_of


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Without credentials, so fit for a log."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'nats'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class NatsOptions:
    """The URL may name several servers, comma separated, each with `user:password@` or `token@`, percent-encoded."""

    url: str = field(default="nats://127.0.0.1:4222", repr=False)
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    """The certificate, in PEM, that a server's must be signed with; else one of those the system trusts."""
    inbox_prefix: str = ""
    """Unless given, the user's own: nobody else is let in there."""
    connect_timeout: float = 2.0
    watch_every: float = 1.0
    watch_timeout: float = 2.0
    slowest_retry: float = 1.0
    close_timeout: float = 1.5
    servers: tuple[Server, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "servers", tuple(self._parsed()))
        if self.ca and "-----BEGIN CERTIFICATE-----" not in self.ca:
            raise ValueError("NATS_CA is no certificate in PEM")
        user = next((server.user for server in self.servers if server.user), "")
        if not self.inbox_prefix:
            object.__setattr__(self, "inbox_prefix", inbox_prefix_of(user) if user else ANYBODYS_INBOX)
        subject.refuse_unless_exact(self.inbox_prefix)

    def _parsed(self) -> Iterator[Server]:
        for url in self.url.split(","):
            parts = urlsplit(url.strip())
            if parts.scheme not in ("nats", "tls") or not parts.hostname:
                raise ValueError("a NATS URL looks like nats://host:port or tls://user:password@host:port")
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
            yield Server(
                host=parts.hostname,
                port=parts.port or 4222,
                tls=parts.scheme == "tls",
                user=self.user or (user if password else ""),
                password=self.password or password,
                token="" if password or self.user else user,
            )
