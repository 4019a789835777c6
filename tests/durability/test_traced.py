"""A trace is read as it was written: a sync counts for what was written before it, and once it has ended."""

import pytest

from .traced import Trace

FILE = "/home/streams/LAMPS/msgs/1.blk"
WRITE = f'7 pwrite64(10<{FILE}>, "\\0lamp.litlamp-1;\\0", 45, 0) = 45'
TELL = r'8  writev(9<socket:[1]>, [{iov_base="MSG a {\"se", iov_len=9}, {iov_base="q\":1}", iov_len=4}], 2) = 13'
SYNC = f"7 fsync(10<{FILE}>) = 0"
BEGIN, END = f"7 fsync(10<{FILE}> <unfinished ...>", "7 <... fsync resumed>) = 0"
ELSEWHERE = "7 fsync(11</home/streams/LAMPS> <unfinished ...>"
FAILED = f"7 fsync(10<{FILE}>) = -1 EIO (Input/output error)"


@pytest.mark.parametrize("calls", [[WRITE, SYNC, TELL], [WRITE, BEGIN, END, TELL], [SYNC, WRITE, SYNC, TELL]])
def test_told_once_it_was_synced(calls: list[str]) -> None:
    assert Trace.read("\n".join(calls)).told_unsynced == []


@pytest.mark.parametrize(
    "calls",
    [
        [WRITE, TELL, SYNC],
        [SYNC, WRITE, TELL],
        [WRITE, BEGIN, TELL, END],
        [BEGIN, WRITE, END, TELL],
        [WRITE, ELSEWHERE, END, TELL],
        [WRITE, FAILED, TELL],
    ],
)
def test_told_too_early(calls: list[str]) -> None:
    assert Trace.read("\n".join(calls)).told_unsynced == [1]
