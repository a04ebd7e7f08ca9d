"""Programs of others at work on a stranger's file cannot hang, grow, or write."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wallet_export import confined, pdf_reading, qr_reading
from wallet_export.confined import Ended, work_confined
from wallet_export.errors import ImageRefused, PdfRefused

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bounds of processes are those of POSIX")


def ended(tmp_path: Path, code: str, given: bytes = b"", *, seconds: float = 20.0) -> Ended | None:
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    return work_confined(script, given, seconds=seconds)


def test_what_goes_in_and_comes_out(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read()[::-1]); sys.stderr.write('why\\n'); sys.exit(7)"
    assert ended(tmp_path, code, b"abc") == Ended(7, b"cba", "why")


@pytest.mark.slow
def test_it_may_not_hang(tmp_path: Path) -> None:
    assert ended(tmp_path, "while True: pass", seconds=0.5) is None


@pytest.mark.parametrize(
    "code", ["bytearray(1 << 31)", "with open('written', 'w') as file: file.write('x')"], ids=["memory", "files"]
)
def test_it_may_not_grow_nor_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = ended(tmp_path, code)
    assert found is not None
    assert found.code != 0
    assert not (tmp_path / "written").exists() or (tmp_path / "written").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only there are sockets refused")
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_it_may_open_no_socket(tmp_path: Path, family: str) -> None:
    found = ended(
        tmp_path, f"import socket\ntry:\n socket.socket(socket.{family})\nexcept PermissionError:\n print('no')"
    )
    assert found is not None
    assert found.out.strip() == b"no"


@pytest.mark.parametrize(
    ("how", "words"),
    [(None, "took longer than 10 seconds"), (Ended(-9, b"", ""), "broke off")],
    ids=["too-long", "killed"],
)
def test_each_end_has_its_sentence(monkeypatch: pytest.MonkeyPatch, how: Ended | None, words: str) -> None:
    for module in (confined, pdf_reading, qr_reading):
        monkeypatch.setattr(module, "work_confined", lambda *_, **__: how)
    with pytest.raises(PdfRefused, match=words):
        pdf_reading.pdf_attachments(b"%PDF")
    with pytest.raises(ImageRefused, match=words):
        qr_reading.qr_texts(b"\x89PNG")


def test_what_is_too_large_is_not_opened() -> None:
    with pytest.raises(PdfRefused, match="larger than 12 MB"):
        pdf_reading.pdf_attachments(bytes(pdf_reading.MAX_PDF_BYTES + 1))
    with pytest.raises(ImageRefused, match="larger than 12 MB"):
        qr_reading.qr_texts(bytes(qr_reading.MAX_PICTURE_BYTES + 1))
