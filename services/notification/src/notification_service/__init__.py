"""notification: what customers are told."""
