"""What the system says of itself: spans, steps, logs, metrics."""
