"""A real Prometheus over a running cluster: every rule, and every expression of a dashboard."""
