"""Streams: JetStream, in the few requests of its protocol that are needed."""
