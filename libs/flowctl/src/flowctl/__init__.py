"""The flow command: a local cluster, calls, listings, traces."""
