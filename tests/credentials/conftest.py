"""How many random documents `make fuzz` tries."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("fuzz", max_examples=int(os.environ.get("FUZZ_EXAMPLES", "10000")))
