"""The flows the gateway itself answers."""
