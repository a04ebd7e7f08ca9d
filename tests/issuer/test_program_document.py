"""A program printed as YAML is the program: whatever could be published, applying its own print changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from issuer.errors import UnknownProgram
from issuer.issuers import create_issuer, issuer_row
from issuer.program_document import yaml_of
from issuer.program_file import read_program
from issuer.program_templates import Template, template_text
from issuer.program_yaml import read_yaml
from issuer.programs import apply_program, load_catalogue, publish_program
from issuer.published_program import find_program, program_document, show_program
from issuer.store import Database
from tests.conftest import PROJECT
from tests.issuer.conftest import NOW, House
from tests.issuer.test_program_rules import EVERYTHING
from tests.issuer.test_program_settings import SAID

EXAMPLES = PROJECT / "examples"

# What texts of a program may be made of: letters of many scripts, and everything that means something to YAML.
characters = st.one_of(
    st.sampled_from("abc xyz 019 -:#,[]{}&*!|>'\"%@`~?=.\\/\n\u2028\u00a0\ufeffüß日\U0001f600"),
    st.characters(exclude_categories=("Cc", "Cs", "Cn")),
)
texts = st.text(characters, min_size=1, max_size=60).map(str.strip).filter(bool)
lines = texts.map(lambda text: text.replace("\n", " ").strip()).filter(bool)
words = st.sampled_from(["null", "~", "true", "No", "1.10", "2026-01-10", "<<", "=", "0x1f", "- a", "a: b", "1e3", "-"])
slugs = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
lengths = st.sampled_from(["1 day", "30 days", "6 weeks", "3 months"])


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


rubrics = st.lists(slugs, min_size=1, max_size=3, unique=True).map(
    lambda ids: {"levels": [{"id": one, "name": one} for one in ids], "passing": ids[-1]}
)
results = st.one_of(rubrics, st.just({"type": "Percent", "passing": "70"}), st.just({"values": ["a", "b"]}))
takes = st.one_of(
    st.just("reassessment"),
    texts.map(lambda text: {"declaration": text}),
    st.sampled_from(["20", "7.5", "0.25"]).map(lambda hours: {"credits": hours, "over": "2 years"}),
    st.just({"steps": ["note"]}),
)
renewing = st.fixed_dictionaries(
    {
        "window": lengths,
        "takes": takes,
        "grace": lengths,
        "counts_from": st.sampled_from(["29 February", "expiry", "completion"]),
        "late": st.sampled_from(["start over", "from expiry", "from completion"]),
        "dependents": st.sampled_from(["require again within 60 days", "suspend", "nothing"]),
        "refresh_service": st.sampled_from(["true", "false"]),
    },
)
extras = optional(
    description=texts,
    achievement_type=st.sampled_from(["Badge", "Certification"]),
    tags=st.lists(lines, max_size=3),
    skills=st.lists(
        st.fixed_dictionaries({"name": lines | words, "url": st.just("https://example.org/1")}), max_size=2
    ),
    assessment=optional(assessors=st.just("2"), not_the_manager=st.just("true"), decides=st.just("majority")),
    midway=st.just({"finish_until": "2027-03-31"}),
    version=st.sampled_from(["1", "2026.1"]),
)


@st.composite
def programs(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(slugs, min_size=1, max_size=3, unique=True))
    levels = []
    for position, name in enumerate(names):
        level = {"level": name, "name": draw(lines | words), "criteria": draw(texts | words), **draw(extras)}
        if draw(st.booleans()):
            level["criteria"] = {"narrative": level["criteria"], "url": "https://example.org/criteria"}
        level |= {"validity": "3 years", "status": ["revocation", "suspension"]}
        if draw(st.booleans()):
            level["recertification"] = draw(renewing)
        level["evidence"] = [{"id": "note", "name": draw(lines), "required": draw(st.sampled_from(["true", "false"]))}]
        level["results"] = [{"id": "exam", "name": draw(lines), **draw(results)}]
        if position and draw(st.booleans()):
            level["prerequisites"] = [{"of": names[:position]}] if position > 1 else [names[0]]
        if "assessment" in level and "passing" not in level["results"][0]:
            del level["assessment"]
        levels.append(level)
    program = {"program": "p", "name": draw(lines | words), "levels": levels}
    program |= draw(
        optional(
            description=texts,
            time_zone=st.just("Asia/Kathmandu"),
            owner=st.just("grace@example.org"),
            reminders=st.lists(st.sampled_from(["1 day", "2 weeks", "90 days"]), unique=True),
            escalation=st.just({"owner_after": "30 days"}),
            mail_hours=st.just({"from": "6"}),
            committee=st.fixed_dictionaries(
                {"members": st.just([{"name": "Ada"}])},
                optional={
                    "decisions": st.lists(
                        st.fixed_dictionaries({"on": st.just("2026-01-10"), "decision": texts}), max_size=1
                    )
                },
            ),
            assign=st.just([{"level": names[0], "to": "everyone", "required": "by 2027-01-01"}]),
        )
    )
    return program


@pytest.fixture
def acme(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "acme.db"
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    create_issuer(db, slug="acme", name="Acme", base_url="https://badges.example.org", actor="test", now=NOW)
    yield db
    db.close()


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],  # the file that is shown says enough, and making it smaller takes minutes
)
@given(program=programs())
def test_applying_what_is_shown_changes_nothing(program: dict[str, Any], acme: Database) -> None:
    with acme.write() as session:
        owner = issuer_row(session, None)
        publish_program(session, owner, read_program(yaml_of(program).encode()), actor="test", now=NOW)
        shown = yaml_of(program_document(session, owner, find_program(session, owner, "p")))
        again = publish_program(session, owner, read_program(shown.encode()), actor="test", now=NOW)
        assert again.changes_nothing, shown
        assert yaml_of(program_document(session, owner, find_program(session, owner, "p"))) == shown
        session.rollback()


plain = st.recursive(
    texts | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(lines.filter(lambda key: key != "<<"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(data=st.dictionaries(slugs, plain, min_size=1, max_size=3))
def test_what_is_written_as_yaml_is_read_as_it_was(data: dict[str, Any]) -> None:
    document = read_yaml(yaml_of(data).encode())
    assert document.faults == ()
    assert document.data == data


def apply(db: Database, data: bytes, directory: Path | None = None) -> bool:
    definition = read_program(data, directory=directory)
    return apply_program(db, issuer=None, definition=definition, actor="test", now=NOW).changes_nothing


def test_all_rules_and_settings_survive(house: House) -> None:
    said = SAID.replace(b"level: associate", b"level: starter")
    assert not apply(house.db, EVERYTHING + said)
    shown = show_program(house.db, "care").yaml
    assert apply(house.db, shown.encode()), shown
    assert "counts_from: 31 March" in shown
    assert "reminders: [90 days, 14 days, 7 days]" in shown
    assert "- {level: expert, to: everyone, suggested: true}" in shown


def test_pictures_are_written_beside_the_file(house: House, tmp_path: Path) -> None:
    """The badges of the examples, which are drawn with all that SVG allows."""
    levels = [f"  - {{name: {name}, criteria: c, image: badges/{name}.svg}}\n" for name in ("associate", "expert")]
    data = f"program: p\nname: P\nlevels:\n{''.join(levels)}".encode()
    assert not apply(house.db, data, EXAMPLES)
    shown = show_program(house.db, "p")
    assert set(shown.images) == {"associate.svg", "expert.svg"}
    for name, body in shown.images.items():
        (tmp_path / name).write_bytes(body)
    assert apply(house.db, shown.yaml.encode(), tmp_path), "cleaning a picture that is clean changes no byte of it"


def test_a_program_that_is_not_there_is_named_with_those_that_are(house: House) -> None:
    with pytest.raises(UnknownProgram, match="there is no program 'clod'; known are: cloud"):
        show_program(house.db, "clod")


@pytest.mark.parametrize("template", Template)
def test_every_template_is_applied_as_it_stands(template: Template, house: House) -> None:
    text = template_text(template)
    assert not apply(house.db, text.encode())
    program = load_catalogue(house.db).programs[read_program(text.encode()).program]
    assert apply(house.db, show_program(house.db, program.slug).yaml.encode())
    assert max(map(len, text.splitlines())) <= 120


def test_the_templates_show_what_they_are_for(house: House) -> None:
    assert len(template_text(Template.ONE_LEVEL).splitlines()) == 5
    tiers = read_program(template_text(Template.TWO_TIERS).encode())
    assert [rule.required for rule in tiers.assign] == ["within 90 days of joining", "within 12 months of joining"]
    assert [one.level for one in tiers.levels[1].prerequisites[0].of] == [tiers.levels[0].level]
    assert all(level.recertification and str(level.validity) == "12 months" for level in tiers.levels)
    (level,) = read_program(template_text(Template.RUBRIC).encode()).levels
    assert level.assessment is not None
    assert level.assessment.assessors == 2
    assert level.evidence
    assert all(rule.levels and rule.passing for rule in level.results)
