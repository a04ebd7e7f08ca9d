"""A pass for Apple Wallet, judged by openssl, and by what Apple's documentation asks of it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.pass_certificates import PASS_TYPE, TEAM, chain, self_signed, subject_of
from wallet_export.errors import RenderingFailed
from wallet_export.pass_pictures import SIDES, pass_pictures
from wallet_export.phone_pass import CONTRAST, WHITE, PassContent, Words, contrast, label_colour, readable_ground
from wallet_export.pkpass import PassRefused, pass_json, pkpass, read_identity, strings_file

STANDINGS = ("valid", "suspended", "revoked", "expired", "not yet valid")
ENGLISH = Words(
    "Valid until", "Valid until %@", "Holder", "Awarded on", "Status", "Verify", "Issued by", "Program", "About",
    "Shows what the page shows.", 'Badge: "Expert"', {one: one.title() for one in STANDINGS},
)  # fmt: skip
GERMAN = Words(
    "Gültig bis", "Gültig bis %@", "Inhaber", "Verliehen am", "Status", "Prüfen", "Von", "Programm", "Über",
    "Zeigt, was die Seite zeigt.", 'Badge: "Expert"', {one: f"{one}?" for one in STANDINGS},
)  # fmt: skip
CONTENT = PassContent(
    serial="6f1c2a52-98a1-4c0e-9c0a-2f6f6b1d0a11",
    url="https://badges.example/credentials/6f1c",
    organization="Brightmoor Academy",
    program="Cloud Engineering",
    level="Cloud Expert",
    holder="Zoë Kjærsgaard",
    awarded_on=date(2026, 10, 9),
    valid_from=datetime(2026, 10, 9, tzinfo=UTC),
    valid_until=datetime(2028, 10, 9, 23, 59, 59, tzinfo=timezone(timedelta(hours=2))),
    standing="valid",
    ground=readable_ground("#2aa198"),
)


def said(content: PassContent = CONTENT, web_service: str | None = "https://badges.example/apple-wallet") -> dict:
    return pass_json(content, ENGLISH, pass_type=PASS_TYPE, team=TEAM, web_service=web_service, secret="s" * 43)


def png(size: tuple[int, int] = (400, 300), colour: str = "#c0392b") -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return out.getvalue()


def test_openssl_verifies_the_signature_of_the_manifest_and_the_manifest_each_file(tmp_path: Path) -> None:
    identity = read_identity(chain().certificate, chain().key, chain().intermediate)
    assert (identity.pass_type, identity.team) == (PASS_TYPE, TEAM)
    body = pkpass({"pass.json": json.dumps(said()).encode(), "de.lproj/pass.strings": b"x"}, identity)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist())
    assert names == {"pass.json", "de.lproj/pass.strings", "manifest.json", "signature"}
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest == {name: hashlib.sha1((tmp_path / name).read_bytes()).hexdigest() for name in manifest}  # noqa: S324
    assert set(manifest) == names - {"manifest.json", "signature"}
    (tmp_path / "root.pem").write_bytes(chain().root)
    command = [
        *(shutil.which("openssl") or "openssl", "smime", "-verify", "-binary", "-inform", "der"),
        *("-in", "signature", "-content", "manifest.json", "-CAfile", "root.pem", "-purpose", "any"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(b"{}")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_the_pass_says_what_apple_asks_for() -> None:
    found = said()
    assert found["expirationDate"] == "2028-10-09T23:59:59+02:00"
    assert found["barcodes"][0] == {
        "format": "PKBarcodeFormatQR",
        "message": CONTENT.url,
        "messageEncoding": "iso-8859-1",
    }
    assert (found["webServiceURL"], found["authenticationToken"]) == ("https://badges.example/apple-wallet", "s" * 43)
    assert "voided" not in found
    fields = [field for group in found["generic"].values() for field in group]
    assert len({field["key"] for field in fields}) == len(fields)
    assert {"Zoë Kjærsgaard", "Cloud Expert", "Brightmoor Academy", "Valid"} <= {field["value"] for field in fields}
    assert next(one for one in fields if one["key"] == "until")["value"] == "2028-10-09T23:59+02:00"
    bare = said(replace(CONTENT, holder="", valid_until=None, awarded_on=None), web_service=None)
    assert not {"expirationDate", "webServiceURL", "authenticationToken"} & set(bare)
    assert bare["generic"]["secondaryFields"] == []


@pytest.mark.parametrize(("standing", "voided"), [("revoked", True), ("suspended", True), ("expired", False)])
def test_what_does_not_hold_any_more_is_void(standing: str, voided: bool) -> None:
    found = said(replace(CONTENT, standing=standing))
    assert found.get("voided", False) is voided
    assert found["generic"]["auxiliaryFields"][1]["value"] == standing.title()


def test_strings_translate_the_passs_own_words_and_quote_what_must_be_quoted() -> None:
    text = strings_file(ENGLISH, GERMAN).decode("utf-16")
    assert '"Valid until %@" = "Gültig bis %@";\n' in text
    assert '"Badge: \\"Expert\\"" = "Badge: \\"Expert\\"";\n' in text
    assert text.isprintable() or text.count("\n") == len(text.splitlines())


def test_files_that_do_not_fit_are_refused_with_the_reason() -> None:
    good = chain()
    stranger, strangers_key = self_signed(subject_of(PASS_TYPE, TEAM))
    for given_files, why in (
        ((good.certificate, strangers_key, good.intermediate), "not that of the certificate"),
        ((stranger, strangers_key, good.intermediate), "not issued by the intermediate"),
        ((good.certificate, b"no key", good.intermediate), "no private key"),
        ((b"no certificate", good.key, good.intermediate), "not in PEM"),
        ((good.certificate, good.key, b"no certificate"), "neither in PEM nor in DER"),
        ((good.server, good.server_key, good.root), "not that of a pass type"),
    ):
        with pytest.raises(PassRefused, match=why):
            read_identity(*given_files)


def test_pictures_have_each_size_and_the_badges_colour() -> None:
    made = pass_pictures(png())
    sizes = {name: Image.open(io.BytesIO(body)).size for name, body in made.files.items()}
    assert sizes == {
        f"{name}{suffix}.png": (side * scale, side * scale)
        for name, side in SIDES.items()
        for scale, suffix in ((1, ""), (2, "@2x"), (3, "@3x"))
    }
    corner = Image.open(io.BytesIO(made.files["icon.png"])).getpixel((0, 0))
    assert corner == (0, 0, 0, 0)  # what is not square stands in the middle
    assert made.colour == "#c0392b"
    assert pass_pictures(png(colour="#808080")).colour is None
    with pytest.raises(RenderingFailed):
        pass_pictures(b"\x89PNG\r\n\x1a\n broken")


@given(st.integers(0, 0xFFFFFF))
def test_white_can_be_read_on_every_ground_and_so_can_the_labels(number: int) -> None:
    ground = readable_ground(f"#{number:06x}")
    assert contrast(WHITE, ground) >= CONTRAST
    assert contrast(label_colour(ground), ground) >= 4.5
