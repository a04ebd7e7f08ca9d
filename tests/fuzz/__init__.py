"""Fuzzing guided by coverage: every parser of foreign bytes, with a corpus that is kept (docs/fuzzing.md)."""
