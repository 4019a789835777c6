"""A connection of one's own, beside any pool, that hears what is told on a channel and is made anew once it is lost."""

# asyncpg ships no types:
# pyright: reportUnknownMemberType=false

from collections.abc import Callable

from flowkit.postgres.connection import Connection, Switchboard, dial
from flowkit.postgres.options import PostgresOptions


class Listener:
    """`heard` is called whenever there may be something new: when told, and with each new connection."""

    def __init__(self, options: PostgresOptions, channel: str, heard: Callable[[], None], *, first: str = "") -> None:
        """`first` is what each connection begins with."""
        self._options = options
        self._first = first
        self._channel = channel
        self._heard = heard
        self._switchboard = Switchboard(options.farewell_timeout)
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        """Not for two at once."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._listening()
            self._heard()
        return self._connection

    def hang_up(self) -> None:
        """What has failed is not used again: it may be in the middle of anything."""
        if self._connection is not None:
            self._switchboard.hang_up(self._connection)
            self._connection = None

    async def close(self) -> None:
        self.hang_up()
        await self._switchboard.quiet()

    async def _listening(self) -> Connection:
        connection = await dial(self._options, self._switchboard)
        try:
            if self._first:
                await connection.execute(self._first)
            await connection.add_listener(self._channel, self._on_told)
        except BaseException:
            self._switchboard.hang_up(connection)
            raise
        return connection

    def _on_told(self, *_: object) -> None:
        self._heard()
