"""The rules of the house that a machine can check, and documents that tell the truth about the commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import PROJECT
from tests.journeys.command import run

ROOMS = ("keys", "credentials", "wallet_export", "verifier", "issuer", "portal")
FILES = [path for room in ROOMS for path in (PROJECT / room).rglob("*.py")]
JUNK_ROOMS = {"util", "utils", "common", "helper", "helpers", "core", "base", "misc"}


def test_imports_run_one_way_between_the_rooms() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_a_junk_room_or_grows_beyond_reading() -> None:
    assert [path.name for path in FILES if path.stem in JUNK_ROOMS] == []
    assert [path.name for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_only_the_edges_read_a_clock_or_the_environment() -> None:
    forbidden = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|os\.environ|os\.getenv")
    offenders = [
        path.relative_to(PROJECT).as_posix()
        for path in FILES
        if path.name != "__main__.py"
        and not path.is_relative_to(PROJECT / "portal")
        and forbidden.search(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def _commands() -> list[list[str]]:
    """Every `guildmark …` and `python -m verifier …` line in the documents."""
    found = []
    for name in ("README.md", "CONTRIBUTING.md"):
        for line in (PROJECT / name).read_text(encoding="utf-8").splitlines():
            if re.match(r" {4}(guildmark|python -m verifier) ", line):
                found.append(shlex.split(line))
    return found


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_every_command_in_the_documents_exists_with_its_options(command: list[str]) -> None:
    module, words = ("portal", command[1:]) if command[0] == "guildmark" else ("verifier", command[3:])
    names = [word for word in words if not word.startswith("-")][:2] if module == "portal" else []
    group = names[:2] if names and names[0] in ("program", "keys", "tokens", "audit") else names[:1]
    helped = run(*group, "--help", module=module)
    assert helped.code == 0, helped.err
    for word in words:
        if word.startswith("--"):
            assert word in helped.out


def test_every_target_in_the_documents_is_in_the_makefile() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"^ {4}make (\w+)", (PROJECT / name).read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_journeys_in_a_browser_are_where_their_target_looks() -> None:
    elsewhere = [
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "tests").rglob("test_*.py")
        if "mark" + ".browser" in path.read_text(encoding="utf-8") and path.parent.name != "journeys"
    ]
    assert elsewhere == [], "they would run in none of the targets of the Makefile"


def test_every_picture_and_document_that_is_linked_is_there() -> None:
    for document in [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)|src=\"([^\":]+)\"", document.read_text(encoding="utf-8")):
            path = document.parent / (target[0] or target[1])
            assert path.exists(), f"{document.name}: {path}"
