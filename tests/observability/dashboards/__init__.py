"""Dashboards and datasources: everything about them that can be told without a Grafana."""
