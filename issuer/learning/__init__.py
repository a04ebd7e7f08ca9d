"""Learning systems: what they report of people, read and mapped to levels by the programs' rules, and taken once."""
