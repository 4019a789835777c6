"""The running cluster as stories see it, however it is run."""

from .local import started
from .logbook import Line, LogBook
from .people import People, Person
from .running import Running, RunningService

__all__ = ["Line", "LogBook", "People", "Person", "Running", "RunningService", "started"]
