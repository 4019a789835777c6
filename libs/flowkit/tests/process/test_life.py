"""A process that cannot be what it should is told why in one line."""

import os
import socket
import subprocess
import sys

PROGRAM = """
import os, sys
from flowkit.process.life import host
from flowkit.process.settings import ServiceSettings, read_or_exit

async def body(mine):
    raise AssertionError("not to be reached")

sys.exit(host("test", read_or_exit(ServiceSettings, os.environ), body, os.environ))
"""


def test_an_ops_port_that_cannot_be_had_is_one_line_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ = os.environ | {"OPS_PORT": str(taken.getsockname()[1]), "LOG_LEVEL": "error"}
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=False, timeout=50
        )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"{environ['OPS_PORT']} is taken: set OPS_PORT" in ended.stderr
    assert ended.stdout == ""
