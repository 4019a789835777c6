"""From a row that waits to a customer who was told."""
