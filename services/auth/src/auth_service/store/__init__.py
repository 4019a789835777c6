"""What auth keeps in PostgreSQL, one topic a file."""
