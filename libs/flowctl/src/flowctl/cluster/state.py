"""The folder `.flow`: what a cluster keeps from one start to the next."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from flowkit.servers import Lock, reachable_home

from flowctl.cluster import description, encryption_key, leftovers


@dataclass(slots=True)
class State:
    folder: Path
    _lock: Lock = field(init=False)
    _is_new: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._lock = Lock(self.folder / "lock")

    def take(self) -> None:
        """Make it ours; FolderInUse when another cluster runs in it."""
        self._is_new = not self.folder.exists()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._lock.take()
        self.description.unlink(missing_ok=True)

    def keep(self) -> None:
        """From here on it holds something worth keeping."""
        self._is_new = False
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def release(self) -> None:
        self.description.unlink(missing_ok=True)
        self.pids.unlink(missing_ok=True)
        self._lock.release()
        if self._is_new:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def description(self) -> Path:
        return self.folder / description.FILE

    @property
    def pids(self) -> Path:
        return self.folder / leftovers.FILE

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def black_boxes(self) -> Path:
        return self.folder / "black-boxes"

    @property
    def nats(self) -> Path:
        return self.folder / "nats"

    @property
    def encryption_key(self) -> Path:
        return self.folder / encryption_key.FILE

    def postgres(self) -> Path:
        return reachable_home(self.folder)
