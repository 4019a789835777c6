"""How much a request may bring. The bus carries more than this: what fits here fits there."""

from typing import Final

LARGEST_BODY: Final = 256 * 1024
LARGEST_HEAD: Final = 32 * 1024
