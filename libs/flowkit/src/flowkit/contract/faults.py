"""Where planned faults are kept: the subjects of NATS's key-value bucket of them."""

from typing import Final

_NAME: Final = "faults"
STREAM: Final = f"KV_{_NAME}"
PREFIX: Final = f"$KV.{_NAME}."
EVERY: Final = f"{PREFIX}>"
DIRECT_GET: Final = f"$JS.API.DIRECT.GET.{STREAM}"
CREATE: Final = f"$JS.API.STREAM.CREATE.{STREAM}"
