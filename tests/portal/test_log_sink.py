"""A log that cannot be written keeps nobody from his answer, and is told of."""

from __future__ import annotations

import os
from datetime import UTC
from io import StringIO
from pathlib import Path

import pytest

from portal.logs import Sink, log_sink


class Full(StringIO):
    """A file on a disk that is full, until it is not."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_lines_that_are_lost_are_counted_and_told_of_when_there_is_room_again() -> None:
    disk = Full()
    sink = Sink(disk)
    for number in range(3):
        assert sink.write(f"line {number}\n") == 7
    assert sink.lost == 3
    disk.full = False
    sink.write("line 3\n")
    assert disk.getvalue() == '{"lost": 3, "event": "lines of the log are missing"}\nline 3\n'
    assert sink.lost == 0
    disk.close()
    sink.write("line 4\n")
    assert sink.lost == 1


def test_where_the_log_goes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    with path.open("w") as file:
        assert log_sink(file.fileno()) == (str(path), "")
        real = os.fstatvfs(file.fileno())
        monkeypatch.setattr(os, "fstatvfs", lambda _: os.statvfs_result((*real[:4], 0, *real[5:])))
        assert "no room left" in log_sink(file.fileno())[1]
        number = file.fileno()
    assert "cannot be written" in log_sink(number)[1]


def test_the_admin_is_told_of_lost_lines() -> None:
    from issuer.reports.attention import Attention
    from portal.admin.home_view import points_of

    nothing = Attention((), False, None, 0, 0, 0, 0, 0, None, 0, None, 0, 0, (), ())
    assert [one.what for one in points_of(nothing, locked=False, mails=True, zone=UTC, unlogged=2)] == [
        "The log cannot be written"
    ]
    assert points_of(nothing, locked=False, mails=True, zone=UTC) == ()
