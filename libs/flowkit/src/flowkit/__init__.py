"""Contracts, flows and the runtime that answers them over NATS."""
