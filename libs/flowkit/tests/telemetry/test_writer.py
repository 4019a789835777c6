"""The writer of lines: whoever logs never waits for whoever reads."""

import asyncio
import fcntl
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from flowkit.telemetry.writer import LineWriter, NotWritten

from .conftest import Pipe

LINE = b"x" * 99 + b"\n"


def notice(count: int) -> bytes:
    return b"dropped %d\n" % count


def test_every_line_arrives_in_order(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)
    arrived: list[str] = []
    reader = threading.Thread(target=lambda: arrived.append(pipe_text(pipe.reading)))
    reader.start()

    for n in range(10_000):
        writer.write(b"%d\n" % n)
    writer.close(20)
    os.close(pipe.writing)
    pipe.writing = -1
    reader.join()

    assert arrived[0].split() == [str(n) for n in range(10_000)]
    assert writer.dropped == 0


def pipe_text(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor)) as file:
        return file.read()


def test_lines_that_come_one_soon_after_another_leave_together(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)
    arrived: list[bytes] = []
    reader = threading.Thread(target=lambda: arrived.extend(iter(lambda: os.read(pipe.reading, 1 << 16), b"")))
    reader.start()

    began = time.perf_counter()
    for _ in range(100):
        writer.write(LINE)
        time.sleep(0.001)
    writer.close(20)
    took = time.perf_counter() - began
    os.close(pipe.writing)
    pipe.writing = -1
    reader.join()

    assert b"".join(arrived) == LINE * 100
    assert len(arrived) <= took / 0.01 + 2


def test_a_reader_who_never_reads_costs_lines_and_no_time(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, most=100_000, notice=notice)
    slowest = 0.0

    for _ in range(5_000):
        began = time.perf_counter()
        writer.write(LINE)
        slowest = max(slowest, time.perf_counter() - began)
    began = time.perf_counter()
    writer.close(within=0.2)

    assert slowest < 1
    assert time.perf_counter() - began < 5
    assert writer.dropped > 3_000


def test_when_reading_goes_on_the_lost_lines_are_told(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, most=100_000, notice=notice)
    for _ in range(5_000):
        writer.write(LINE)
    dropped, arrived = writer.dropped, list[str]()
    reader = threading.Thread(target=lambda: arrived.append(pipe_text(pipe.reading)))
    reader.start()

    writer.close(20)
    os.close(pipe.writing)
    pipe.writing = -1
    reader.join()

    assert arrived[0].count("x\n") == 5_000 - dropped
    assert f"dropped {dropped}\n" in arrived[0]


def test_a_reader_who_is_gone_costs_lines_and_no_fault(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)
    os.close(pipe.reading)
    pipe.reading = -1

    for _ in range(100):
        writer.write(LINE)
    writer.close()

    assert writer.dropped >= 100


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: Pipe) -> None:
    flags = fcntl.fcntl(pipe.writing, fcntl.F_GETFL)
    fcntl.fcntl(pipe.writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)

    test_every_line_arrives_in_order(pipe)


def test_a_child_of_a_fork_writes_its_lines_too() -> None:
    script = """
        import os
        from flowkit.telemetry.writer import LineWriter
        writer = LineWriter(1, notice=lambda n: b"")
        writer.write(b"parent\\n")
        child = os.fork()
        writer.write(b"child\\n" if child == 0 else b"parent again\\n")
        writer.close(20)
        if child:
            os.waitpid(child, 0)
    """

    told = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, timeout=50, check=True)

    assert sorted(told.stdout.split(b"\n")) == [b"", b"child", b"parent", b"parent again"]


async def test_whoever_must_know_waits_until_a_line_is_out(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)

    for n in range(20):
        async with writer.written():
            writer.write(b"%d\n" % n)
        assert os.read(pipe.reading, 100) == b"%d\n" % n

    writer.close()


async def test_nobody_is_told_that_a_line_is_out_before_there_is_room_for_it(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)
    left = asyncio.Event()

    async def write() -> None:
        async with writer.written():
            writer.write(b"x" * (1 << 20))
        left.set()

    writing = asyncio.create_task(write())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(left.wait(), 0.3)
    reader = threading.Thread(target=pipe_text, args=[pipe.reading])
    reader.start()

    await asyncio.wait_for(writing, 30)
    assert left.is_set()
    writer.close(20)
    os.close(pipe.writing)
    pipe.writing = -1
    reader.join()


async def test_nobody_is_told_that_a_dropped_line_is_out(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, most=10, notice=notice)

    with pytest.raises(NotWritten):
        async with writer.written():
            writer.write(LINE)

    writer.close()


async def test_nobody_is_told_that_a_line_is_out_which_nobody_could_read(pipe: Pipe) -> None:
    writer = LineWriter(pipe.writing, notice=notice)
    os.close(pipe.reading)
    pipe.reading = -1

    with pytest.raises(NotWritten):
        async with writer.written():
            writer.write(LINE)

    writer.close()
