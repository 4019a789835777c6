"""A request under a client's key is carried out once, and answered again with its first answer."""

from flowkit.idempotency.key import Key
from flowkit.idempotency.ledger import FirstAnswer, KeyReused, Ledger, Receipt

__all__ = ["FirstAnswer", "Key", "KeyReused", "Ledger", "Receipt"]
