"""Under CI=true a test that takes long and is not marked `slow` makes the whole run fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

BURNING = "import time\n\ndef test_burns():\n    while time.process_time() - BEGUN < 0.5:\n        pass\n"
WAITING = "import time\n\ndef test_waits():\n    time.sleep(0.6)\n"
SOURCE = BURNING.replace("def test_burns():", "def test_burns():\n    BEGUN = time.process_time()")
MARKED = "import pytest\n" + SOURCE.replace("def ", "@pytest.mark.slow\ndef ")


@pytest.mark.parametrize(
    ("source", "ci", "workers", "code"),
    [(SOURCE, True, 1, 1), (SOURCE, False, 0, 0), (MARKED, True, 0, 0), (WAITING, True, 0, 0)],
    ids=["dear, on a worker", "dear, but not in CI", "dear and marked", "waits for something else"],
)
def test_a_dear_test_fails_the_run_in_ci(tmp_path: Path, source: str, ci: bool, workers: int, code: int) -> None:
    (tmp_path / "test_one.py").write_text(source)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: takes long\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    environment |= {
        "PYTHONPATH": str(PROJECT),
        "CI": "true" if ci else "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "FRUGAL_SECONDS": "0.3",
    }
    plugins = ["-p", "xdist", "-p", "tests.frugal", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-n", str(workers), str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("test_one.py::test_burns" in done.stdout) is (code == 1)
