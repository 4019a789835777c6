"""Where no mail server is: a letter is sent once its line has left the process."""

import signal
import subprocess
import sys
import textwrap

SENDS_AND_IS_KILLED = """
    import asyncio, os, signal
    from datetime import UTC, datetime
    from flowkit.telemetry.logs import Logs
    from notification_service.channels.log import LogChannel
    from notification_service.ports import Away, Message

    letter = Message("n-1", "welcome", "c-1", datetime.now(UTC), "Welcome", "Hello Ada", "ada@example.org")
    with Logs("notification", descriptor={descriptor}):
        try:
            asyncio.run(LogChannel().send(letter))
        except Away as away:
            print(away, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def ended(descriptor: int) -> subprocess.CompletedProcess[bytes]:
    script = textwrap.dedent(SENDS_AND_IS_KILLED.format(descriptor=descriptor))
    return subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=50, check=False)


def test_a_process_that_is_killed_once_it_has_sent_has_left_its_line() -> None:
    sender = ended(descriptor=1)

    assert sender.returncode == -signal.SIGKILL, sender.stderr
    assert sender.stdout.count(b'"event":"notification logged"') == 1
    assert b"n-1" in sender.stdout
    assert b"ada@example.org" not in sender.stdout


def test_where_no_line_can_be_written_nothing_is_sent() -> None:
    sender = ended(descriptor=999)

    assert sender.stdout == b"the log takes no lines\n", sender.stderr
