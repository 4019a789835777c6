"""The only HTTP API: Litestar over the bus."""
