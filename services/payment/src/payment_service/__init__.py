"""payment: what orders cost, and whether it was paid."""
