"""How the cluster is deployed; nothing of it is imported by a service."""
