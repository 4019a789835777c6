"""What every test of the workspace may ask for: a bus, a database, and the servers behind them."""

pytest_plugins = ["flowkit.testing.fixtures"]
