"""Under CI=true one skipped test makes the whole run fail, with and without workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

PASSING = "def test_passes():\n    pass\n"
SKIPPED = "import pytest\n\ndef test_is_skipped():\n    pytest.skip('because')\n"
SKIPPED_AS_A_MODULE = "import pytest\n\npytest.skip('because', allow_module_level=True)\n"


def run(folder: Path, source: str, *, ci: bool, workers: int) -> subprocess.CompletedProcess[str]:
    """A pytest run of its own over one test file, with the project's rule in its conftest."""
    (folder / "conftest.py").write_text("from tests.nothing_skipped import pytest_sessionfinish\n")
    (folder / "test_one.py").write_text(PASSING)
    (folder / "test_two.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    environment |= {
        "PYTHONPATH": str(PROJECT),
        "CI": "true" if ci else "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    arguments = [
        "-p",
        "xdist",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        "-n",
        str(workers),
        str(folder),
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("source", "workers"),
    [(SKIPPED, 0), (SKIPPED, 2), (SKIPPED_AS_A_MODULE, 2)],
    ids=["a test", "on workers", "a module"],
)
def test_a_skip_fails_the_run_in_ci(tmp_path: Path, source: str, workers: int) -> None:
    done = run(tmp_path, source, ci=True, workers=workers)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "CI: 1 test(s) were skipped" in done.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPPED, ci=False, workers=1).returncode == pytest.ExitCode.OK


@pytest.mark.slow
def test_ci_is_green_when_everything_ran(tmp_path: Path) -> None:
    assert run(tmp_path, PASSING, ci=True, workers=2).returncode == pytest.ExitCode.OK
