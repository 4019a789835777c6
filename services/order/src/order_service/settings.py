"""order's settings: those every service has that acts on events."""

from flowkit.process.settings import ReactingSettings


class Settings(ReactingSettings, frozen=True, kw_only=True): ...
