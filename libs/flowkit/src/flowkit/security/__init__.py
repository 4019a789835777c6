"""Who a caller is, proven; and passwords, kept."""
