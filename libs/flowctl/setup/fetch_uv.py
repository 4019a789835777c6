"""Fetch uv's own wheel where Python has neither venv nor pip. Arguments: version, where the program goes."""  # noqa: INP001  a script, run before anything is installed

import hashlib
import io
import json
import os
import platform
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

INDEX = "https://pypi.org/simple"
PEP_691 = "application/vnd.pypi.simple.v1+json"


def main(version: str, target: Path) -> None:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or INDEX
    listing = json.loads(fetch(f"{index.rstrip('/')}/uv/"))
    file = choose(listing["files"], version, platform.system(), platform.machine())
    wheel = fetch(file["url"])
    if hashlib.sha256(wheel).hexdigest() != file["hashes"]["sha256"]:
        sys.exit(f"{file['filename']} is not what the index says it is")
    program = zipfile.ZipFile(io.BytesIO(wheel)).read(f"uv-{version}.data/scripts/uv")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(program)
    target.chmod(0o755)


def choose(files: list[dict[str, Any]], version: str, system: str, machine: str) -> dict[str, Any]:
    kind = {"Linux": "manylinux", "Darwin": "macosx"}.get(system, system)
    for file in files:
        name = file["filename"]
        if name.startswith(f"uv-{version}-") and kind in name and name.endswith(f"_{machine}.whl"):
            return file
    sys.exit(f"there is no uv {version} for {system} on {machine}; install uv and try again")


def fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": f"{PEP_691}, */*;q=0.1"})  # noqa: S310  of the index
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  the same
        return response.read()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
