"""Commands in processes of their own that need not import anything: each is forked from one that has.

A command's imports take ten times as long as most commands; a journey runs dozens. `python -m tests.journeys.forked`
imports them once and waits for orders, one JSON object a line, and answers each with how its process ended.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import runpy
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

LONGEST = 120
"""Seconds until a command that does not end is ended."""


def main() -> None:
    """Import, then serve orders until standard input ends."""
    import portal.cli
    import verifier.__main__  # noqa: F401

    for module in pkgutil.iter_modules(portal.cli.__path__):
        importlib.import_module(f"portal.cli.{module.name}")
    for name in ("portal.service", "portal.export", "issuer.schema_version", "issuer.issue", "issuer.awards_csv"):
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  (the answer)


def _run(order: dict[str, Any]) -> NoReturn:
    """Be the command: its arguments, environment, directory and files; ends the process."""
    code: object = 1
    try:
        signal.alarm(LONGEST)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["environment"])
        for number, name, mode in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
            os.dup2(os.open(Path(order["files"]) / name, mode), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (the process's own)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.argv = [order["module"], *order["arguments"]]
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  (as the interpreter would)
        traceback.print_exc()
    finally:
        if isinstance(code, str):
            sys.stderr.write(code)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
