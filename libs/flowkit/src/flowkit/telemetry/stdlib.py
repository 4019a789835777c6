"""The standard library's logging, led into our lines."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Take = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Before:
    logger: logging.Logger
    handlers: list[logging.Handler]
    propagate: bool
    level: int

    def restore(self) -> None:
        self.logger.handlers = self.handlers
        self.logger.propagate = self.propagate
        self.logger.setLevel(self.level)


class Routing:
    """While it lasts, every logger of the process ends in `take`, whatever handlers libraries gave theirs."""

    def __init__(self, take: Take) -> None:
        self._handler = _Handler(take)
        self._before: list[_Before] = []

    def begin(self, level: int) -> None:
        root = logging.getLogger()
        for logger in (root, *root.manager.loggerDict.values()):
            if isinstance(logger, logging.Logger):
                self._before.append(_Before(logger, logger.handlers, logger.propagate, logger.level))
                logger.handlers = []
                logger.propagate = True
        root.addHandler(self._handler)
        # What libraries say below a warning is theirs to know, unless someone is looking for a fault.
        root.setLevel(logging.INFO if level <= logging.DEBUG else max(level, logging.WARNING))
        logging.captureWarnings(capture=True)

    def end(self) -> None:
        logging.captureWarnings(capture=False)
        while self._before:
            self._before.pop().restore()


class _Handler(logging.Handler):
    def __init__(self, take: Take) -> None:
        super().__init__()
        self._take = take

    def emit(self, record: logging.LogRecord) -> None:
        event: dict[str, Any] = {"event": _message(record), "logger": record.name}
        if record.exc_info:
            event["exc_info"] = record.exc_info
        self._take(record.levelname.lower(), event)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - arguments that do not fit their format are no reason to lose the line
        return str(record.msg)
