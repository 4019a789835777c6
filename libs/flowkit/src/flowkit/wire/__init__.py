"""What travels: the envelope, the headers, the deadline, and how bytes become payloads."""
