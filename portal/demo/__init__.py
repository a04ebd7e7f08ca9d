"""The demonstration: the example company, its history, and what a stranger makes of its credentials."""
