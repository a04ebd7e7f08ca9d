"""An issuer is described by a short file; whatever is wrong with it is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuer.errors import IssuerFileRefused
from issuer.issuer_file import named, read_issuer
from issuer.issuers import create_issuer
from issuer.published import document
from tests.conftest import PROJECT
from tests.issuer.conftest import NOW, House

EXAMPLES = PROJECT / "examples"


def test_the_example_describes_a_company_with_its_picture() -> None:
    found = read_issuer((EXAMPLES / "issuer.yaml").read_bytes(), directory=EXAMPLES)
    assert found.name == "Brightmoor Systems"
    assert found.slug == "brightmoor"
    assert found.picture is not None
    assert found.picture[0] == "image/svg+xml"


def test_a_name_is_enough() -> None:
    assert read_issuer(b"name: Acme GmbH & Co.\n").slug == "acme-gmbh-co"
    assert named("会社").slug == "issuer"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "the file is empty"),
        (b"- a\n", "this describes no issuer"),
        (b"url: https://a.example\n", "line 1, name: this field is missing"),
        (b"name: A\nurl: a.example\n", "line 2, url: 'a.example' is no web address"),
        (b"name: A\nemail: nobody\n", "line 2, email: 'nobody' is no e-mail address"),
        (b"name: A\nslug: A B\n", "line 2, slug: 'A B' is no short name"),
        (b"name: A\nlogo: x.svg\n", "line 2, logo: there is no field of this name here"),
        (b"name: A\npicture: x.svg\n", "line 2, picture: there is no field of this name here"),
        (b"name: A\nimage: ../../etc/passwd\n", "line 2, image: ../../etc/passwd lies outside the file's folder"),
        (b"name: A\nimage: none.svg\n", "line 2, image: none.svg cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: bytes, sentence: str) -> None:
    with pytest.raises(IssuerFileRefused) as refusal:
        read_issuer(text, directory=tmp_path)
    assert sentence in str(refusal.value)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(IssuerFileRefused) as refusal:
        read_issuer(b"slug: A B\nurl: x\nemail: y\n")
    assert len(refusal.value.faults) == 4


def test_the_picture_is_published_where_the_profile_says(house: House) -> None:
    svg = (EXAMPLES / "logo.svg").read_bytes()
    issuer = create_issuer(
        house.db,
        slug="second",
        name="Second",
        base_url="https://second.example",
        image=("image/svg+xml", svg),
        actor="t",
        now=NOW,
    )
    url = issuer.profile["image"]["id"]
    assert url == "https://second.example/issuer/image"
    published = document(house.db, url)
    assert published is not None
    assert (published.media_type, published.body) == ("image/svg+xml", svg)
    assert document(house.db, f"{house.issuer.base_url}/issuer/image") is None
