"""The command fuzzes each target for a moment, tells of what it finds, and repeats just that."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz import guided
from tests.fuzz.registry import TARGETS
from tests.fuzz.target import PROJECT

HAS_WHEEL = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("atheris") is None and not HAS_WHEEL, reason="there is no wheel of atheris for this system"
    ),
]


def fuzz(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_moment_of_each(name: str, tmp_path: Path) -> None:
    done = fuzz(
        "-m",
        "tests.fuzz.guided",
        TARGETS[name].run.__module__,
        name,
        str(tmp_path),
        "-seed=1",  # the same inputs in every run, however quick the machine: `make fuzz` is there to find what is new
        "-runs=200",
        f"-artifact_prefix={tmp_path}/found-",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "INFO: Instrumenting" in done.stderr
    assert [path.name for path in tmp_path.glob("found-*")] == []


def test_what_is_wrong_is_found_and_repeated(tmp_path: Path) -> None:
    """A parser that is broken on purpose: its finding is written down, and is none for the parser as it is."""
    broken = f"""
import keys.base58btc
from tests.fuzz import guided
honest = keys.base58btc.encode
keys.base58btc.encode = lambda data: honest(data) if len(data) != 6 else ""
options = "-max_total_time=60", "-artifact_prefix={tmp_path}/found-"
guided.main("tests.fuzz.targets.keys_", "encodings", {str(tmp_path)!r}, *options)
"""
    done = fuzz("-c", broken)
    assert done.returncode == 77
    assert "one spelling" in done.stderr + done.stdout
    found = list(tmp_path.glob("found-*"))
    assert len(found) == 1
    again = fuzz("-m", "tests.fuzz", "--only", "encodings", "--repeat", str(found[0]))
    assert again.returncode == 0
    assert "as it should be" in again.stdout


def test_only_our_packages_are_instrumented() -> None:
    assert guided.OURS == ["keys", "credentials", "wallet_export", "verifier", "issuer", "portal"]
