"""What Grafana is given: its datasources, and its dashboards as code."""
