"""Every image of the cluster, fetched or built before a run wants it; the run itself does only what is left to do."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from .engine import why_absent
from .images import NotBuilt, build, pinned


def main() -> int:
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        absent = {image: pool.submit(why_absent, image) for image in pinned().values()}
        try:
            build()
        except (NotBuilt, subprocess.TimeoutExpired) as fault:
            sys.stdout.write(f"{fault}\n")
            return 1
    missing = [image for image, why in absent.items() if why.result()]
    sys.stdout.write(f"images here after {time.monotonic() - began:.1f} s; not to be had: {missing or 'none'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
