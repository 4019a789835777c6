"""One holder at a time, and none that is dead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flowkit.servers import FolderInUse, Lock


def test_a_taken_folder_names_its_holder(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    lock.take()

    with pytest.raises(FolderInUse, match=f"in use by process {os.getpid()}"):
        Lock(tmp_path / "lock").take()

    lock.release()
    assert not (tmp_path / "lock").exists()
    other = Lock(tmp_path / "lock")
    other.take()
    other.release()


def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom flowkit.servers import Lock\n"
        "Lock(Path(sys.argv[1])).take()\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "lock")], check=False)

    lock = Lock(tmp_path / "lock")
    lock.take()
    lock.release()
