"""What the services say to each other: payloads, errors, contracts."""
