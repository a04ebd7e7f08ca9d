"""`python -m verifier`: alone, without an issuer's database or a web framework."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.verifier.site import running
from tests.world import Issuer, World
from verifier import __main__ as command

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, in this process: exit status, output, errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = command.main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def issuer() -> Issuer:
    """An issuer that needs no network, at the real present."""
    return World(datetime.now(UTC)).issuer("key.example", name="Key GmbH", method="key")


def _file(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.write_bytes(body)
    return str(path)


def test_good_bad_and_unchecked(run: Run, issuer: Issuer, tmp_path: Path) -> None:
    good = _file(tmp_path, "good.json", issuer.issue(status=()).json)
    old = issuer.issue(status=(), valid_from=datetime(2020, 1, 1, tzinfo=UTC), valid_for=timedelta(days=1))
    expired = _file(tmp_path, "expired.jwt", old.jwt)
    listed = _file(tmp_path, "listed.json", issuer.issue().json)
    code, out, _ = run("--offline", good)
    assert code == 0
    assert out.startswith(f"VALID  {good}\n  “Cloud Associate”, issued by Key GmbH (did:key:")
    code, out, _ = run("--offline", expired)
    assert (code, out.split()[0]) == (1, "EXPIRED")
    code, out, _ = run("--offline", listed)
    assert (code, out.split()[0]) == (2, "UNCHECKED")
    assert "works without a" in out
    assert run("--offline", good, listed)[0] == 2
    assert run("--offline", good, listed, expired)[0] == 1
    assert "\x1b" not in out


def test_recipient_and_trust(run: Run, issuer: Issuer, tmp_path: Path) -> None:
    good = _file(tmp_path, "good.json", issuer.issue(status=()).json)
    assert run("--offline", "--recipient", "ada@acme.example", good)[0] == 0
    code, out, _ = run("--offline", "--recipient", "eve@acme.example", good)
    assert code == 1
    assert "not given to eve@acme.example" in " ".join(out.split())
    assert (
        "The issuer is not one of those you trust" in run("--offline", "--trust-issuer", "did:web:a.example", good)[1]
    )
    assert "The issuer is one of those you trust" in run("--offline", "--trust-issuer", issuer.id, good)[1]


def test_json(run: Run, issuer: Issuer, tmp_path: Path) -> None:
    good = _file(tmp_path, "good.jwt", issuer.issue(status=()).jwt)
    code, out, _ = run("--offline", "--json", good)
    value = json.loads(out)
    assert (code, value["input"], value["status"], value["form"]) == (0, good, "valid", "jwt")
    code, out, _ = run("--offline", "--json", good, str(tmp_path / "missing"))
    assert code == 2
    assert [each["status"] for each in json.loads(out)] == ["valid", "unchecked"]


@pytest.mark.parametrize("body", [b"", b"{", b"\x89PNG\r\n\x1a\n", b"eyJ.eyJ", b"\xff" * 99, b"[" * 100_000, b"<svg"])
def test_never_a_traceback(run: Run, tmp_path: Path, body: bytes) -> None:
    code, out, err = run("--offline", _file(tmp_path, "odd\x1b[2J", body))
    assert code == 1
    assert "Traceback" not in out + err
    assert "\x1b" not in out


def test_files_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--offline", str(tmp_path / "missing.json"), str(tmp_path))
    assert code == 2
    assert "No such file" in out
    assert "There is no file in this directory." in out
    assert out.endswith("\n2 in all: 2 unchecked\n")


def test_a_directory_stands_for_its_files(run: Run, issuer: Issuer, tmp_path: Path) -> None:
    good = _file(tmp_path, "a.json", issuer.issue(status=()).json)
    bad = _file(tmp_path, "b.json", b"{}")
    _file(tmp_path, ".DS_Store", b"of the system")
    (tmp_path / "more").mkdir()
    code, out, _ = run("--offline", str(tmp_path))
    assert code == 1
    assert [line for line in out.splitlines() if line.endswith((good, bad))] == [f"VALID  {good}", f"INVALID  {bad}"]
    assert out.endswith("\n2 in all: 1 valid, 1 invalid\n")
    found = json.loads(run("--json", "--offline", str(tmp_path))[1])
    assert [one["input"] for one in found] == [good, bad]


def test_arguments_that_are_wrong(run: Run) -> None:
    assert run("--allow-origin", "badges.internal", "x")[0] == 2
    assert run("--timeout", "0", "x")[0] == 2
    with pytest.raises(SystemExit) as status:
        command.main([])
    assert status.value.code == 2


def test_a_fault_of_ours_is_not_a_verdict(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RecursionError

    monkeypatch.setattr("verifier.verify.extract", broken)
    code, out, _ = run("--offline", _file(tmp_path, "a.json", b"{}"))
    assert code == 2
    assert "fault in this program" in out


def test_an_address_inside_the_company(run: Run, issuer: Issuer) -> None:
    with running() as site:
        site.serve("/badge", issuer.issue(status=()).json)
        address = f"http://localhost:{site.port}/badge"
        code, out, _ = run(address)
        assert (code, site.requests) == (2, [])
        assert "not among the origins" in " ".join(out.split())
        assert run("--allow-origin", f"http://localhost:{site.port}", address)[0] == 0


def _alone(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *arguments],
        input=stdin,
        capture_output=True,
        cwd=PROJECT,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_as_a_program_of_its_own(issuer: Issuer) -> None:
    done = _alone("-m", "verifier", "--offline", "-", stdin=issuer.issue(status=()).jwt)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"VALID  -\n")
    ascii_only = _alone("-m", "verifier", "--offline", "-", stdin=issuer.issue(status=()).jwt, PYTHONIOENCODING="ascii")
    assert (ascii_only.returncode, ascii_only.stderr) == (0, b"")


def test_what_it_does_not_load(issuer: Issuer) -> None:
    """Not the web framework, not the database, not the issuer; for a badge without a network, no HTTP client."""
    script = (
        "import sys, verifier.__main__ as m\n"
        "code = m.main(['--offline', '--json', '-'])\n"
        "unwanted = ['sqlalchemy', 'fastapi', 'starlette', 'issuer', 'portal', 'typer', 'httpcore2', 'httpx2']\n"
        "print([name for name in unwanted if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = _alone("-c", script, stdin=issuer.issue(status=()).jwt)
    assert (done.returncode, done.stderr.strip()) == (0, b"[]")


def test_colours_only_where_somebody_looks(issuer: Issuer) -> None:
    from verifier.report import Palette, report

    result = World(datetime.now(UTC)).verify(issuer.issue(status=()).json)
    assert "\x1b[32" in report("a", result, Palette.coloured())
    assert "\x1b" not in report("a", result, Palette.plain())
