"""Faults on purpose: processes that are killed while they work, and an auditor that shares no code with what issued."""
