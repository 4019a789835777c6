"""order: what customers have ordered, and what became of it."""
