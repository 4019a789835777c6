"""How long PostgreSQL may take for what, and how many connections are kept."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """Seconds, chosen so that any one wait ends within a request's budget of five."""

    url: str = field(repr=False)
    application_name: str = "flowkit"
    pool_size: int = 10
    pool_timeout: float = 2.0
    connect_timeout: float = 2.0
    statement_timeout: float = 3.0
    command_timeout: float = 3.5
    lock_timeout: float = 2.0
    idle_in_transaction_timeout: float = 5.0
    farewell_timeout: float = 2.0
    check_timeout: float = 1.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
            raise ValueError("a database URL begins with postgresql://")
        if self.command_timeout <= self.statement_timeout:
            raise ValueError("command_timeout must be longer than statement_timeout: a living server answers first")

    @property
    def dsn(self) -> str:
        return self.url.replace("+asyncpg", "", 1)

    @property
    def server_settings(self) -> dict[str, str]:
        return {
            "application_name": self.application_name,
            "statement_timeout": _milliseconds(self.statement_timeout),
            "lock_timeout": _milliseconds(self.lock_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_in_transaction_timeout),
            # Compiling costs more than the short statements of a flow ever gain by it.
            "jit": "off",
        }


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
