"""Commands in processes of their own that need not import anything: each is forked from one that has.

A command's imports take ten times as long as most commands; a journey runs dozens. `python -m tests.journeys.forked`
imports them once and waits for orders, one JSON object a line, and answers each with a number: `run` with how the
command ended, `start` with the process it goes on in, `ended` with how that one ended, or null while it goes on.
"""

from __future__ import annotations

import gc
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

LONGEST = 300
"""Seconds until a command that does not end is ended."""

IMPORTED_LATE = (
    *("portal.app", "portal.service", "portal.serving", "portal.export", "portal.installing", "portal.worker"),
    *("issuer.schema_version", "issuer.issue", "issuer.awards_csv", "issuer.doctor", "issuer.images", "issuer.status"),
    *("issuer.preview", "issuer.program_diff", "issuer.program_file", "issuer.published_program", "issuer.selection"),
    *("credentials.expansion", "credentials.proofs.jws", "wallet_export.baking", "wallet_export.png"),
    *("alembic.command", "mako.template", "jwt", "lxml.etree", "pyld", "PIL.Image", "openbadges_bakery"),
    *("rich.progress", "encodings.idna", "encodings.utf_8_sig", "typer._adapters"),
)
"""What commands import only when they need it, for the sake of those that do not."""


def main() -> None:
    """Import, then serve orders until standard input ends; what still goes on then is ended."""
    import portal.cli
    import verifier.__main__  # noqa: F401

    for module in pkgutil.iter_modules(portal.cli.__path__):
        importlib.import_module(f"portal.cli.{module.name}")
    for name in IMPORTED_LATE:
        try:
            importlib.import_module(name)
        except ImportError:  # a command will say so, if one needs it
            continue
    gc.freeze()  # what was imported stays: no child looks for garbage in it, and shares it as it is
    going: set[int] = set()
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), going)), flush=True)  # noqa: T201  (the answer)
    for child in going:
        os.kill(child, signal.SIGKILL)


def _answer(order: dict[str, Any], going: set[int]) -> int | None:
    if "ended" in order:
        child, status = os.waitpid(order["ended"], 0 if order["wait"] else os.WNOHANG)
        going.discard(child)
        return os.waitstatus_to_exitcode(status) if child else None
    child = os.fork()
    if child == 0:
        _be(order)
    if order["goes_on"]:
        going.add(child)
        return child
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be(order: dict[str, Any]) -> NoReturn:
    """Be the command: its arguments, environment, directory and files; ends the process."""
    code: object = 1
    try:
        if not order["goes_on"]:
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
