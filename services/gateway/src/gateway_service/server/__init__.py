"""The socket the world connects to, and the HTTP server behind it."""
