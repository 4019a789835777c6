"""How much a request may bring. The bus carries more than this: what fits here fits there."""

from typing import Final

LARGEST_BODY: Final = 256 * 1024
LARGEST_HEAD: Final = 32 * 1024
# Of all bodies that are here at once: each costs about three times its size until it is answered.
LARGEST_BODIES: Final = 32 * 1024 * 1024
