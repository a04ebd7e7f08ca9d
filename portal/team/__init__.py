"""The manager's pages: his people and their levels, one of them, and what waits for his decision."""
