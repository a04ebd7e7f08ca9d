"""The bench can be believed: every line of the table has one, its judgement is right, and it runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.bench import __main__ as command
from tests.bench.harness import Bench, Goal, Row, Verdict, judged, left_columns, python
from tests.bench.lines import LINES, Line
from tests.bench.pictures import qr_rows


def test_every_line_of_the_table_has_a_bench() -> None:
    assert [line.number for line in LINES] == list(range(1, 12))
    assert all(line.what and callable(line.rows) for line in LINES)


def test_a_verdict_is_what_the_figure_says() -> None:
    times = Goal(45, 250)
    assert [times.verdict(value) for value in (44.9, 45, 249, 250)] == ["missed", "reached", "reached", "aim reached"]
    milliseconds = Goal(1.0, 0.2, "{:.1f} ms", more_is_better=False)
    assert [milliseconds.verdict(value) for value in (1.1, 1.0, 0.2)] == ["missed", "reached", "aim reached"]
    row = judged(9, "a list", milliseconds, 0.5, "of work")
    assert (row.must, row.aim, row.measured) == ("≤ 1.0 ms", "≤ 0.2 ms", "0.5 ms (of work)")


def test_contenders_are_told_apart_by_their_processor_time() -> None:
    bench = _hasty()
    found = bench.compare(python("short", _spin, [200]), python("long", _spin, [20_000]))
    assert found["long"].median > 5 * found["short"].median
    assert len(found["short"].seconds) == bench.rounds
    assert python("idle", time.sleep, [0.02]).run(3) < 0.03, "waiting is no work"


def test_a_row_is_measured_judged_and_written_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: Bench) -> Iterator[Row]:
        raise RuntimeError("no such thing here")

    result = tmp_path_factory.mktemp("build") / "bench.json"
    monkeypatch.setattr(command, "RESULT", result)
    monkeypatch.setattr(command, "LINES", (Line(10, "QR", qr_rows), Line(7, "verify over HTTP", broken)))
    monkeypatch.setattr(command, "Bench", lambda **_: _hasty())
    monkeypatch.setattr(command, "stay_on_one_core", lambda: None)
    assert command.main([]) == 1, "a bench did not run to its end"
    table = capsys.readouterr().out
    assert "a QR code as PNG" in table
    assert "no such thing here" in table
    told = json.loads(result.read_text())
    assert [row["line"] for row in told["rows"]] == [10, 10, 7]
    assert told["rows"][0]["figures"]["value"] > 0
    assert told["rows"][-1]["verdict"] == Verdict.BROKEN
    assert {"cpu", "Python", "Node.js", "jsonld", "PyLD", "commit", "load at start"} <= told["machine"].keys()


def test_the_table_is_markdown() -> None:
    row = judged(1, "canonicalize", Goal(45, 250), 50.4, "")
    assert list(left_columns([row])) == [
        "|   | what         | must   | aim     | measured | verdict |",
        "|---|--------------|--------|---------|----------|---------|",
        "| 1 | canonicalize | ≥ 45 × | ≥ 250 × | 50 ×     | reached |",
    ]


class _Hasty(Bench):
    """Turns of a moment: whether the machinery works, not how fast anything is."""

    turn = 0.002
    warm_up = 0.002


def _hasty() -> Bench:
    return _Hasty(quick=True)


def _spin(times: int) -> None:
    for _ in range(times):
        pass
