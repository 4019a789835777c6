"""The dashboards, as code: `python -m deploy.grafana.dashboards` writes them for Grafana to read."""
