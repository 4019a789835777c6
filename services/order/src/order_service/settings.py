"""order's settings: those every service with a database has."""

from flowkit.process.settings import DatabaseSettings


class Settings(DatabaseSettings, frozen=True, kw_only=True): ...
