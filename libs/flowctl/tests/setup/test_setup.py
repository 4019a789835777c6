"""What a bare machine meets: a Python that is too old, one without venv, an index that lies."""

import hashlib
import io
import json
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

SETUP = Path(__file__).parents[2] / "setup"
VERSION = "0.0.1"


def a_wheel() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"uv-{VERSION}.data/scripts/uv", "#!/bin/sh\necho it runs\n")
    return file.getvalue()


@contextmanager
def an_index(wheel: bytes, sha256: str) -> Generator[str]:
    kind = "macosx_11_0" if sys.platform == "darwin" else "manylinux_2_28"
    name = f"uv-{VERSION}-py3-none-{kind}_{platform.machine()}.whl"

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = {"filename": name, "url": f"http://{self.headers['Host']}/{name}", "hashes": {"sha256": sha256}}
            other = file | {"filename": name.replace(platform.machine(), "z80")}
            body = wheel if self.path.endswith(".whl") else json.dumps({"files": [other, file]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  its name there

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def fetch(index: str, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SETUP / "fetch_uv.py"), VERSION, str(target)]
    return subprocess.run(command, env={"UV_DEFAULT_INDEX": index}, capture_output=True, text=True, check=False)


def test_uv_is_fetched_where_python_has_no_venv(tmp_path: Path) -> None:
    wheel = a_wheel()
    with an_index(wheel, hashlib.sha256(wheel).hexdigest()) as index:
        fetched = fetch(index, tmp_path / ".uv/bin/uv")

    assert fetched.returncode == 0, fetched.stderr
    assert subprocess.run([tmp_path / ".uv/bin/uv"], capture_output=True, check=True).stdout == b"it runs\n"


def test_a_wheel_that_is_not_what_the_index_says_is_refused(tmp_path: Path) -> None:
    with an_index(a_wheel(), "0" * 64) as index:
        fetched = fetch(index, tmp_path / "uv")

    assert fetched.returncode != 0
    assert "not what the index says" in fetched.stderr
    assert not (tmp_path / "uv").exists()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs with the few that `setup` needs, and a Python that is too old."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cut", "rm"):
        (programs / name).symlink_to(shutil.which(name) or name)
    old = programs / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    return programs


def test_a_python_that_is_too_old_is_named(bare: Path) -> None:
    setup = shutil.copytree(SETUP, bare.parent / "project/libs/flowctl/setup") / "setup"

    ran = subprocess.run([setup], env={"PATH": str(bare)}, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert "Python 3.12 or newer is needed, or uv. Found: Python 3.9.2" in ran.stderr
    assert not (bare.parent / "project/.uv").exists()


def test_without_a_python_that_fits_a_uv_at_hand_does_all(bare: Path) -> None:
    setup = shutil.copytree(SETUP, bare.parent / "project/libs/flowctl/setup") / "setup"
    uv = bare / "uv"
    uv.write_text('#!/bin/sh\necho "$UV_PROJECT_ENVIRONMENT ${UV_PYTHON_DOWNLOADS:-} $@"\n')
    uv.chmod(0o755)

    ran = subprocess.run([setup, "--no-dev"], env={"PATH": str(bare)}, capture_output=True, text=True, check=True)

    where, downloads, command, *arguments = ran.stdout.splitlines()[-1].split(" ")
    assert (where, downloads, command) == (".venv", "", "sync")
    assert {"--frozen", "--no-dev"} <= set(arguments)
