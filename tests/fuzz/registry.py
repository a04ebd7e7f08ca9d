"""All targets, by name."""

from __future__ import annotations

from importlib import import_module

from tests.fuzz.target import TARGETS

__all__ = ["TARGETS"]

MODULES = (
    "documents",
    "enrolment",
    "files",
    "hosts",
    "keys_",
    "lists",
    "log_",
    "machines",
    "possession",
    "proofs",
    "settings",
    "verdicts",
    "wallets",
)

for _name in MODULES:
    import_module(f"tests.fuzz.targets.{_name}")
