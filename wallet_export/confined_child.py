"""Takes this process's freedom away, and then runs a script in it. Run by `confined`, never imported.

Arguments: bytes of memory, seconds of processor time, the script.
"""

from __future__ import annotations

import contextlib
import runpy
import sys


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process where the system can (not on Windows; there the parent's deadline remains)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    confine(int(sys.argv[1]), int(sys.argv[2]))
    sys.dont_write_bytecode = True
    runpy.run_path(sys.argv[3], run_name="__main__")
