"""What nobody caught: told as a line, under the trace of the request that caused it."""

import asyncio
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from typing import Any, cast

import structlog

_log = structlog.get_logger("flowkit.process")
type _Context = dict[str, Any]


@contextmanager
def told(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """While it lasts, whatever ends in the event loop's handler, in a thread's or in a finaliser's is a log line."""
    in_threads, in_finalisers = threading.excepthook, sys.unraisablehook
    loop.set_exception_handler(_in_the_loop)
    threading.excepthook, sys.unraisablehook = _in_a_thread, _in_a_finaliser
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = in_threads, in_finalisers
        loop.set_exception_handler(None)


def _in_the_loop(_: asyncio.AbstractEventLoop, context: _Context) -> None:
    given, fault = context.get("task") or context.get("future"), context.get("exception")
    if isinstance(given, asyncio.Task):
        task = cast("asyncio.Task[Any]", given)
        # The loop calls this when a task is cleared away, in the context of whoever comes along just then.
        task.get_context().copy().run(_tell, context["message"], _name(task), fault)
    elif given is None:
        _tell(context["message"], "a callback", fault)
    else:
        _tell_of_a_stranger(context["message"], "a future", fault)


def _in_a_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        _tell_of_a_stranger("A thread ended by an exception", args.thread.name if args.thread else None, args.exc_value)


def _in_a_finaliser(unraisable: "sys.UnraisableHookArgs") -> None:
    where = type(unraisable.object).__qualname__
    _tell_of_a_stranger(unraisable.err_msg or "Exception ignored", where, unraisable.exc_value)


def _tell(message: str, where: str | None, fault: BaseException | None) -> None:
    _log.error("unhandled", message=message, where=where, exc_info=fault)


def _tell_of_a_stranger(message: str, where: str | None, fault: BaseException | None) -> None:
    """Whose doing it was is not known, and neither is what must not be told of them: not a word of the exception's."""
    kind = None if fault is None else type(fault).__qualname__
    stack = None if fault is None else "".join(traceback.format_tb(fault.__traceback__))
    Context().run(partial(_log.error, "unhandled", message=message, where=where, fault=kind, stack=stack))


def _name(task: asyncio.Task[Any]) -> str:
    # Not its repr: that tells what the exception says, unredacted.
    return getattr(task.get_coro(), "__qualname__", task.get_name())
