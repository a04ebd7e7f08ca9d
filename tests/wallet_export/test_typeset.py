"""The process that sets documents stays, and can neither hang, grow, write, ask a network nor be lost by a fork."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from wallet_export import typeset
from wallet_export.errors import LettersMissing, TypesettingFailed
from wallet_export.typeset import Typesetter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bounds of processes are those of POSIX")

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
TEMPLATE = "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.name, date: datetime(..d.made))\n= #d.name\n"
OUTSIDE = '#import "@preview/cetz:0.3.0"\n'


@pytest.fixture(scope="module")
def setter() -> Iterator[Typesetter]:
    one = Typesetter()
    yield one
    one.close()


def text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def process_of(setter: Typesetter) -> subprocess.Popen[bytes]:
    assert setter._process is not None
    return setter._process._child


def test_one_process_sets_many_documents_and_each_as_if_it_were_alone(setter: Typesetter) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda n: setter.set(TEMPLATE, {"name": f"Number {n}"}, at=AT), range(8)))
    assert [text(one.pdf).strip() for one in made] == [f"Number {n}" for n in range(8)]
    before = process_of(setter).pid
    assert setter.set(TEMPLATE, {"name": "Number 3"}, at=AT).pdf == made[3].pdf
    assert process_of(setter).pid == before
    assert typeset.typeset(TEMPLATE, {"name": "Number 3"}, at=AT).pdf == made[3].pdf


def test_a_faulty_template_is_told_and_harms_nobody(setter: Typesetter) -> None:
    for fault, words in [("#nothing", "unknown variable"), ('#read("/etc/passwd")', "could not be set"), ("#[", "")]:
        with pytest.raises(TypesettingFailed, match=words or "could not be set"):
            setter.set(TEMPLATE + fault, {"name": "x"}, at=AT)
    assert setter.set(TEMPLATE, {"name": "fine"}, at=AT).whole


def test_letters_that_no_font_has_are_named_or_boxes(setter: Typesetter) -> None:
    with pytest.raises(LettersMissing, match="\U0010fffd") as missing:
        setter.set(TEMPLATE, {"name": "a\U0010fffdb"}, at=AT)
    assert missing.value.letters == "\U0010fffd"
    boxes = setter.set(TEMPLATE, {"name": "a\U0010fffdb"}, at=AT, boxes=True)
    assert not boxes.whole
    assert b"pdfaid" not in boxes.pdf


def test_what_takes_long_is_ended_and_the_next_is_set() -> None:
    hasty = Typesetter(seconds=0.005)
    try:
        with pytest.raises(TypesettingFailed, match="longer than"):
            hasty.set(TEMPLATE, {"name": "x"}, at=AT)
        hasty._seconds = 20
        assert hasty.set(TEMPLATE, {"name": "x"}, at=AT).whole
    finally:
        hasty.close()


def test_it_may_not_grow() -> None:
    greedy = Typesetter()
    try:
        with pytest.raises(TypesettingFailed, match="lack of memory"):
            greedy.set(TEMPLATE + '#let a = "x" * 3000000000', {"name": "x"}, at=AT)
    finally:
        greedy.close()


def test_a_process_that_was_killed_meanwhile_is_replaced(setter: Typesetter) -> None:
    first = setter.set(TEMPLATE, {"name": "x"}, at=AT)
    killed = process_of(setter)
    killed.kill()
    killed.wait()
    assert setter.set(TEMPLATE, {"name": "x"}, at=AT).pdf == first.pdf
    assert process_of(setter) is not killed


def test_after_a_fork_both_go_on() -> None:
    script = f"""
import os
from datetime import UTC, datetime
from wallet_export.typeset import Typesetter
at, template, one = datetime(2026, 11, 22, tzinfo=UTC), {TEMPLATE!r}, Typesetter()
first, mine = one.set(template, {{"name": "x"}}, at=at).pdf, one._process._child.pid
one._lock.acquire()
child = os.fork()
if child == 0:
    same = one.set(template, {{"name": "x"}}, at=at).pdf == first and one._process._child.pid != mine
    one.close()
    os._exit(0 if same else 1)
one._lock.release()
assert os.waitpid(child, 0)[1] == 0
assert one.set(template, {{"name": "x"}}, at=at).pdf == first
assert one._process._child.pid == mine
one.close()
"""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60, cwd=Path(__file__).parents[2]
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the proxy that is nobody keeps it from the network")
def test_it_reaches_nobody_though_somebody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    freed = tmp_path / "freed.py"
    freed.write_text("import runpy, sys\nrunpy.run_path(sys.argv[3], run_name='__main__')\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        came: list[bool] = []

        def listen() -> None:
            listener.settimeout(30)
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                came.append(True)
                caller.close()

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        monkeypatch.setattr(typeset, "_NOBODY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(TypesettingFailed, match="could not be set"):
            typeset.typeset(OUTSIDE + TEMPLATE, {"name": "x"}, at=AT)
        assert not came
        monkeypatch.setattr(typeset, "_CONFINED", freed)
        with pytest.raises(TypesettingFailed, match="could not be set"):
            typeset.typeset(OUTSIDE + TEMPLATE, {"name": "x"}, at=AT)
        assert came  # so the listener would have been reached
        listener.shutdown(socket.SHUT_RDWR)
    listening.join(5)
