"""customer's settings: those every service with a database and passwords has."""

from flowkit.process.hashing import HashingSettings


class Settings(HashingSettings, frozen=True, kw_only=True): ...
