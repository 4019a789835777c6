"""Reactions: what a service does when something has happened."""
