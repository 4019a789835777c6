"""Become another program that dies with its parent; run as a script, so only the standard library is at hand."""

import contextlib
import ctypes
import os
import select
import sys

PR_SET_PDEATHSIG = 1
WATCH_INTERVAL_S = 1.0


def main(parent: int, death_signal: int, lifeline: str, account: str, command: list[str]) -> None:
    if lifeline:
        _leave_a_watcher(int(lifeline), death_signal)
    if account:
        _become(*(int(number) for number in account.split(":")))
    if sys.platform == "linux":
        # After the change of user, which clears it; the kernel sends it even when the parent was killed with -9.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit("the parent is already gone")
    os.execv(command[0], command)  # noqa: S606  becoming that program is the point


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _leave_a_watcher(lifeline: int, death_signal: int) -> None:
    """For systems that tell nobody of a parent's death: a grandchild that sees the parent's end of a pipe close."""
    target = os.getpid()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os.set_inheritable(lifeline, False)
        return
    if os.fork() == 0:
        _watch(lifeline, target, death_signal)
    os._exit(0)


def _watch(lifeline: int, target: int, death_signal: int) -> None:
    _let_go_of_the_output()
    while _is_alive(target):
        parent_is_gone, _, _ = select.select([lifeline], [], [], WATCH_INTERVAL_S)
        if parent_is_gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, death_signal)
            return


def _let_go_of_the_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
