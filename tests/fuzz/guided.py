"""One target under atheris, in a process: `python -m tests.fuzz.guided MODULE TARGET WORK [libFuzzer's options]`.

Only our packages are instrumented: what is written in C, and the packages of others, run as they are.
"""

from __future__ import annotations

import signal
import sys
import warnings
from importlib import import_module

OURS = ["keys", "credentials", "wallet_export", "verifier", "issuer", "portal"]


def main(module: str, name: str, work: str, *options: str) -> None:
    """Fuzz until libFuzzer ends the process: 0, or 77 for what raised, 70 for what took too long or too much."""
    import atheris

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # libFuzzer's own; the parent ends it
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=OURS, enable_loader_override=False):
        import_module(module)  # and no other: whatever is imported is instrumented, which takes its time
        from tests.fuzz.target import TARGETS

        target = TARGETS[name]
        for path in target.kept():
            target.run(path.read_bytes())  # what is imported within functions is instrumented too
        mutate = target.mutator
        mutator = None
        if mutate is not None:

            def mutator(data: bytes, most: int, seed: int) -> bytes:
                return mutate(bytes(data), most, seed, atheris.Mutate)

        arguments = [sys.argv[0], *options, f"-max_len={target.most_bytes}", work, str(target.corpus)]
        if mutator is None:
            atheris.Setup(arguments, target.run)
        else:
            atheris.Setup(arguments, target.run, custom_mutator=mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
