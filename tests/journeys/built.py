"""What runs in the visitor's browser, built if that has not happened for these sources."""

from __future__ import annotations

import fcntl
import shutil
import subprocess

import pytest

from tests.conftest import PROJECT

_BUILT = PROJECT / "portal" / "static" / "built" / ".stamp"
_SECONDS = 240


def build() -> None:
    """`make browser`; workers that run at once wait for the first. Skips where there is no npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("what runs in the browser is built by npm (Debian: nodejs, npm), which this machine does not have")
    with (PROJECT / "portal" / "browser" / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "browser"], cwd=PROJECT, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert _BUILT.exists(), f"make browser failed:\n{done.stdout}{done.stderr}"
