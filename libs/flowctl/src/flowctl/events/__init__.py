"""Events at the terminal: what is kept, who reads it, and what nobody could act on."""
