"""What pytest holds, kept out of what is measured."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def an_empty_heap() -> Generator[None]:
    """As a service has it, which freezes what it holds once it has started. To look through all that pytest holds for
    garbage takes long enough to be measured instead."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
