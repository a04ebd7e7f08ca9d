"""What a short command imports: most of its time, and unlike time the same on every machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from issuer.issuer_file import IssuerDefinition
from portal.cli.commands import COMMANDS, overview
from portal.installing import install
from tests.conftest import PROJECT
from tests.wallet_export.pictures import SVG, png
from tests.world import Issuer, World
from wallet_export.baking import bake

HEAVY = frozenset(
    {
        "alembic",
        "asyncio",
        "cryptography",
        "email",
        "fastapi",
        "httpcore2",
        "httpx2",
        "huey",
        "importlib.metadata",
        "issuer",
        "jinja2",
        "jwt",
        "lxml",
        "openbadges_bakery",
        "pydantic",
        "pyld",
        "rich",
        "sqlalchemy",
        "ssl",
        "starlette",
        "structlog",
        "typer",
        "yaml",
    }
)
OF_TOKENS = frozenset({"jwt", "ssl", "email", "cryptography"})
"""PyJWT and what it imports: asked when a token is verified, and only then. (Keys of RSA need `cryptography`, too.)"""
OF_AN_INSTALLATION = frozenset({"alembic", "jinja2", "rich", "starlette", "structlog", "typer", "yaml"})
"""What is not imported even when an installation's own records are asked."""
_REPORT = (
    "import json, runpy, sys\n"
    "module, *sys.argv[1:] = sys.argv[1:]\n"
    "try:\n"
    "    runpy.run_module(module, run_name='__main__', alter_sys=True)\n"
    "finally:\n"
    "    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
)


def run(*arguments: str, cwd: Path = PROJECT, **environment: str) -> tuple[int, str, set[str]]:
    """Exit status, output, and the modules that were imported."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, set(json.loads(done.stderr))


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """An issuer that needs no network, at the real present."""
    return World(datetime.now(UTC)).issuer("key.example", name="Key GmbH", method="key")


@pytest.fixture(scope="module")
def badges(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One badge in every form."""
    badge = issuer.issue(status=())
    signed = badge.json.decode()
    forms = {"json": badge.json, "jwt": badge.jwt, "png": bake(png(), signed), "svg": bake(SVG, signed)}
    folder = tmp_path_factory.mktemp("badges")
    for form, body in forms.items():
        (folder / f"badge.{form}").write_bytes(body)
    return {form: folder / f"badge.{form}" for form in forms}


@pytest.mark.parametrize("form", ["json", "jwt", "png", "svg"])
def test_verify_imports_little(form: str, badges: dict[str, Path], tmp_path: Path) -> None:
    """Inside an installation too: it is opened when something is asked of it."""
    heavy = HEAVY - OF_TOKENS if form == "jwt" else HEAVY
    code, out, modules = run("portal", "verify", str(badges[form]), cwd=tmp_path)
    assert (code, out.split()[0], modules & heavy) == (0, "VALID", set())
    (tmp_path / "guildmark.toml").write_text("")
    code, out, modules = run("portal", "verify", str(badges[form]), GUILDMARK_HOME=str(tmp_path))
    assert (code, out.split()[0], modules & heavy) == (0, "VALID", set())


@pytest.mark.slow
def test_records_of_the_installation_are_read_without_its_pages_and_programs(tmp_path: Path) -> None:
    badge = World(datetime.now(UTC)).issuer("web.example").issue()
    (tmp_path / "badge.json").write_bytes(badge.json)
    home = tmp_path / "home"
    definition = IssuerDefinition(slug="web", name="Web", url="https://web.example")
    install(
        home,
        definition,
        base_url="https://web.example",
        database_url=None,
        passphrase_file=None,
        actor="test",
        now=datetime.now(UTC),
    )
    code, out, modules = run("portal", "verify", str(tmp_path / "badge.json"), GUILDMARK_HOME=str(home))
    assert (code, out.split()[0]) == (1, "INVALID")  # that key is none of this installation's
    assert "sqlalchemy" in modules
    assert modules & OF_AN_INSTALLATION == set()


def test_the_verifier_alone_imports_as_little(badges: dict[str, Path]) -> None:
    code, out, modules = run("verifier", str(badges["png"]))
    assert (code, out.split()[0], modules & HEAVY) == (0, "VALID", set())
    assert not modules & {"portal", "issuer"}


def test_help_imports_no_command() -> None:
    code, out, modules = run("portal", "--help")
    assert (code, modules & HEAVY) == (0, set())
    assert out == overview()
    assert {name for name in modules if name.startswith("portal.cli.")} == {"portal.cli.commands"}


def test_the_list_says_what_each_command_says_of_itself() -> None:
    from typer.main import get_command

    from portal.cli.application import app

    group = get_command(app)
    for name, command in COMMANDS.items():
        found = group.get_command(None, name)  # type: ignore[attr-defined]
        assert found.get_short_help_str(500) == command.summary, name


def test_verify_is_the_same_through_typer(badges: dict[str, Path]) -> None:
    from typer.testing import CliRunner

    from portal.cli.application import app

    done = CliRunner().invoke(app, ["verify", "--offline", "--json", str(badges["jwt"])])
    assert (done.exit_code, json.loads(done.output)["status"]) == (0, "valid")


@pytest.mark.slow
def test_settings_that_are_wrong_leave_open_what_needed_the_installation(tmp_path: Path) -> None:
    badge = World(datetime.now(UTC)).issuer("web.example").issue()
    (tmp_path / "badge.json").write_bytes(badge.json)
    (tmp_path / "guildmark.toml").write_text("no_such_setting = 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "portal", "verify", "badge.json", "--home", "."],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert (done.returncode, done.stdout.split()[0]) == (2, "UNCHECKED")
    assert done.stderr.startswith("guildmark: ")
    assert "no_such_setting" in done.stderr
