"""`guildmark program`: begin with a template, see what a file would do, apply it, read it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from issuer.errors import ProgramRefused
from portal.cli import programs
from portal.cli.application import app

Command = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("company") / "home"
    made = CliRunner().invoke(app, ["init", "--name", "Acme", "--home", str(home)])
    assert made.exit_code == 0, made.output
    return home


@pytest.fixture
def guildmark(home: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command of `guildmark program` on this installation; its fault is raised, as the last door would word it."""
    monkeypatch.setenv("GUILDMARK_HOME", str(home))

    def command(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, ["program", *arguments], input=answer, catch_exceptions=False)

    return command


def test_from_a_template_to_a_program_and_back(guildmark: Command, tmp_path: Path) -> None:
    file = tmp_path / "care.yaml"
    assert str(file) in guildmark("new", str(file), "--template", "two-tiers").output
    with pytest.raises(FileExistsError):
        guildmark("new", str(file))
    would = guildmark("diff", str(file), "--exit-code")
    assert would.exit_code == 1
    assert "customer-care: a new program" in would.output
    assert "+ starter required of everyone, within 90 days of joining" in would.output
    applied = guildmark("apply", str(file))
    assert applied.exit_code == 0
    assert "professional  version 1  new" in applied.output
    assert "customer-care is applied." in applied.output
    again = guildmark("diff", str(file), "--exit-code")
    assert (again.exit_code, again.output) == (0, "customer-care: nothing would change.\n")
    shown = guildmark("show", "customer-care")
    (tmp_path / "shown.yaml").write_text(shown.output)
    assert guildmark("apply", str(tmp_path / "shown.yaml")).output == "customer-care: nothing would change.\n"
    listed = guildmark("list").output
    assert "customer-care  Customer Care  (owner: customer-care@example.org)" in listed
    assert "valid 12 months, renewed from 60 days before expiry, with a grace of 30 days" in listed


def test_without_a_file_the_template_is_printed(guildmark: Command) -> None:
    assert guildmark("new").output.startswith("program: first-aid\n")
    assert "assessors: 2" in guildmark("new", "--template", "rubric").output


def test_scripts_get_json_and_are_not_asked(guildmark: Command, tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    guildmark("new", str(file))
    applied = json.loads(guildmark("apply", str(file), "--json").output)
    assert applied["levels"] == [{"level": "first-aider", "version": "1", "outcome": "new"}]
    file.write_text(file.read_text() + "    validity: 2 years\n    recertification: {window: 60 days}\n")
    found = json.loads(guildmark("diff", str(file), "--json").output)
    assert found["levels"][0]["changes"] == [
        {"field": "validity", "old": None, "new": "24 months"},
        {"field": "recertification.window", "old": None, "new": "60 days"},
    ]
    assert not found["nothing"]
    guildmark("apply", str(file))
    listed = {one["program"]: one for one in json.loads(guildmark("list", "--json").output)}
    assert listed["first-aid"]["levels"][0]["recertification"] == {"window": "60 days"}


def test_at_a_terminal_one_is_asked_and_no_means_no(
    guildmark: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_at_a_terminal", lambda: True)
    file = tmp_path / "asked.yaml"
    file.write_text("program: asked\nname: Asked\nlevels:\n  - {name: One, criteria: c}\n")
    refused = guildmark("apply", str(file), answer="n\n")
    assert refused.exit_code == 1
    assert "Apply this?" in refused.output
    assert "nothing was applied" in refused.output
    assert "one  version 1  new" in guildmark("diff", str(file)).output, "it is still to come"
    assert guildmark("apply", str(file), answer="y\n").exit_code == 0
    assert "Apply this?" not in guildmark("apply", str(file)).output, "where nothing changes there is no question"
    file.write_text(file.read_text().replace("criteria: c", "criteria: d"))
    assert "Apply this?" not in guildmark("apply", str(file), "--yes").output


def test_a_long_text_is_compared_line_by_line(guildmark: Command, tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    text = (
        "program: long\nname: Long\nlevels:\n  - name: One\n    criteria: |\n      first\n      second\n      third\n"
    )
    file.write_text(text)
    guildmark("apply", str(file))
    file.write_text(text.replace("second", "another"))
    output = guildmark("diff", str(file)).output
    assert "        -second\n        +another\n" in output


def test_pictures_are_written_where_one_says(guildmark: Command, tmp_path: Path) -> None:
    (tmp_path / "drawn.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="5"/></svg>'
    )
    file = tmp_path / "drawn.yaml"
    file.write_text("program: drawn\nname: D\nlevels:\n  - {name: One, criteria: c, image: drawn.svg}\n")
    guildmark("apply", str(file))
    assert "--images DIRECTORY writes one.svg" in guildmark("show", "drawn").output
    shown = guildmark("show", "drawn", "--images", str(tmp_path / "pictures"))
    assert "<circle" in (tmp_path / "pictures" / "one.svg").read_text()
    (tmp_path / "pictures" / "drawn.yaml").write_text(shown.output)
    assert guildmark("diff", str(tmp_path / "pictures" / "drawn.yaml")).output == "drawn: nothing would change.\n"


def test_faults_name_line_and_path(guildmark: Command, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "program: w\nname: W\nlevels:\n  - {name: One, criteria: c, prerequisites: [{program: x, level: y}]}\n"
    )
    with pytest.raises(ProgramRefused, match=r"line 4, levels\[0\]\.prerequisites\[0\]: there is no level x/y in use"):
        guildmark("diff", str(file))
