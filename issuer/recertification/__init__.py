"""The recertification engine: pure functions of (rules, history, now). No rows, no clock, no I/O enters here."""
