"""The workshop, in which Ana earned something this year, and what the tests of the wall do with it."""

from __future__ import annotations

from tests.portal.me.conftest import built, workshop

__all__ = ["built", "workshop"]  # fixtures
