"""The example company: four hundred people, three programs and two years of history, made up from a seed.

    python examples/company OUTPUT --as-of 2026-11-22 --seed 7

writes `directory.csv` (for `guildmark people import`) and `history.jsonl`, one event a line, oldest first. The same
seed and day give the same files. `make demo` plays the history through the functions that commands and server use,
each event at its own instant; nothing here knows of them.

Events: `program` (a file is applied), `award`, `assessed` (a proposal, its assessors' scores, perhaps an appeal),
`renew`, `credits`, `revoke`, `suspend`, `reinstate`, `rename`, `mentor`.
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import date, timedelta
from pathlib import Path
from random import Random

from history import History
from people import COLUMNS, make_people

YEARS = 2


def main() -> None:
    """Write the company's files."""
    parser = argparse.ArgumentParser(description="Write the example company's directory and history.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args()
    chance = Random(wanted.seed)  # noqa: S311  (made-up people, not secrets)
    begin = wanted.as_of - timedelta(days=365 * YEARS)
    people = make_people(chance, wanted.as_of, begin)
    history = History(chance, people, begin, wanted.as_of)
    wanted.output.mkdir(parents=True, exist_ok=True)
    with (wanted.output / "directory.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(person.row() for person in people)
    with (wanted.output / "history.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in history.events())


if __name__ == "__main__":
    main()
