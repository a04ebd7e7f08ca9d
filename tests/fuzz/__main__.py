"""Fuzz the parsers, guided by coverage: `make fuzz MINUTES=10`, or one of them: `python -m tests.fuzz --only pngs`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.corpus import FOUND, keep, name_of, write_seeds
from tests.fuzz.registry import TARGETS
from tests.fuzz.target import PROJECT, Target

WORK = PROJECT / "build" / "fuzz"
FINDINGS = WORK / "findings"
LONGEST = 20
"""Seconds that one input may take, and MiB that a process may have."""
MOST_MIB = 2048

_UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a target."""

    name: str
    inputs: int
    covered: int
    kept: int
    findings: tuple[Path, ...]
    said: str


def main(arguments: Sequence[str]) -> int:
    """0 if nothing was found, 1 otherwise."""
    options = _options(arguments)
    targets = [TARGETS[name] for name in options.only or TARGETS]
    if options.repeat:
        return _repeat(targets, options.repeat)
    if find_spec("atheris") is None:
        say("There is no wheel of atheris for this system: only what is kept is tried.")
        return _repeat(targets, [path for target in targets for path in target.kept()])
    seconds = max(1, round(options.minutes * 60 * options.jobs / len(targets)))
    say(f"{len(targets)} targets, {seconds} s each, {options.jobs} at a time; what comes of it is in build/fuzz")
    with ThreadPoolExecutor(options.jobs) as pool:
        ran = list(pool.map(lambda target: _fuzz(target, seconds), targets))
    if options.keep:
        for target in targets:
            found = [path for path in (WORK / target.name).glob("*") if path.is_file()]
            say(f"{target.name}: {keep(target, found)} inputs are kept")
    say(f"{sum(one.inputs for one in ran):,} inputs, {len([one for one in ran if one.findings])} targets with findings")
    for one in ran:
        for path in one.findings:
            say(f"{one.name}: {path.relative_to(PROJECT)}\n{one.said}")
            say(f"  again: {sys.executable} -m tests.fuzz --only {one.name} --repeat {path.relative_to(PROJECT)}")
            say(f"  after it is mended: cp {path.relative_to(PROJECT)} {_place(one.name, path).relative_to(PROJECT)}")
    return int(any(one.findings for one in ran))


def say(line: str) -> None:
    """To whoever waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _place(name: str, path: Path) -> Path:
    return TARGETS[name].corpus / f"{FOUND}{name_of(path.read_bytes())}"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--only", nargs="*", choices=sorted(TARGETS), metavar="TARGET", help=", ".join(sorted(TARGETS)))
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--keep", action="store_true", help="keep inputs that reach new lines in tests/fuzz/corpus")
    parser.add_argument("--repeat", type=Path, nargs="*", metavar="FILE", help="run these inputs only, without atheris")
    return parser.parse_args(arguments)


def _fuzz(target: Target, seconds: int) -> Ran:
    write_seeds(target)
    work, findings = WORK / target.name, FINDINGS / target.name
    work.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(findings, ignore_errors=True)
    findings.mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.guided",
        target.run.__module__,
        target.name,
        str(work),
        f"-max_total_time={seconds}",
        f"-timeout={LONGEST}",
        f"-rss_limit_mb={MOST_MIB}",
        f"-artifact_prefix={findings}/",
        "-print_final_stats=1",
    ]
    # What hypothesis and others of the tests' libraries print or warn of is nobody's finding.
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds * 3 + 300,
        check=False,
    )
    units, covered = _UNITS.findall(done.stderr), _COVERED.findall(done.stderr)
    found = tuple(sorted(path for path in findings.iterdir() if path.is_file()))
    if done.returncode and not found:
        raise RuntimeError(f"fuzzing {target.name} broke off with status {done.returncode}:\n{done.stderr[-3000:]}")
    ran = Ran(
        target.name,
        int(units[-1]) if units else 0,
        int(covered[-1]) if covered else 0,
        len(target.kept()),
        found,
        _told(done.stdout + done.stderr) if found else "",
    )
    say(f"  {ran.name:<22} {ran.inputs:>10,} inputs {ran.covered:>6,} branches  {'FOUND' if found else ''}".rstrip())
    return ran


def _told(output: str) -> str:
    """The end of the traceback, as far as there is one."""
    _, _, told = output.partition("=== Uncaught Python exception: ===")
    told = told.partition("==")[0].strip() or output[-1500:]
    return "\n".join(f"    {line[:300]}" for line in told.splitlines()[:40])


def _repeat(targets: Iterable[Target], paths: Iterable[Path]) -> int:
    """Run inputs as they are: what they raise is raised."""
    paths = list(paths)
    for target in targets:
        for path in paths:
            if path.parent.name == target.name or len(list(paths)) == 1:
                target.run(path.read_bytes())
                say(f"{target.name}: {path.name} is taken or refused as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
