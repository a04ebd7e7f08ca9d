"""Takes this process's freedom away, and then runs a script in it. Run by `confined`, never imported.

Arguments: bytes of memory, seconds of processor time, the script.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
import runpy
import struct
import sys
from collections.abc import Iterator

_SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # of <linux/audit.h>, and its number there
_IO_URING_SETUP = 425  # opens sockets as well
_X32 = 0x4000_0000  # numbers of another kind of call of x86_64
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of classic BPF
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process where the system can (not on Windows; there the parent's deadline remains), and let it open no
    socket (on Linux; what it had open is its parent's business)."""
    with contextlib.suppress(OSError, AttributeError, KeyError):
        refuse_sockets()
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def refuse_sockets() -> None:
    """From now on, the system refuses this process and its children to open sockets, by seccomp(2).

    Raises KeyError on machines whose numbers are not known here, OSError if the system does not do that.
    """
    if sys.platform != "linux":
        raise OSError
    program = b"".join(_program(*_SOCKET[platform.machine()]))
    code = ctypes.create_string_buffer(program, len(program))
    known = struct.pack("HL", len(program) // 8, ctypes.addressof(code))  # struct sock_fprog, with its gap
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *4 * (ctypes.c_ulong,))
    wanted = ctypes.create_string_buffer(known, len(known))
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(wanted), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(architecture: int, socket: int) -> Iterator[bytes]:
    """Instructions: code, how many to leave out if it is so and if not, value."""
    yield struct.pack("HBBI", _LOAD, 0, 0, _ARCHITECTURE)
    yield struct.pack("HBBI", _EQUALS, 0, 5, architecture)
    yield struct.pack("HBBI", _LOAD, 0, 0, _NUMBER)
    yield struct.pack("HBBI", _AT_LEAST, 3, 0, _X32)
    yield struct.pack("HBBI", _EQUALS, 2, 0, socket)
    yield struct.pack("HBBI", _EQUALS, 1, 0, _IO_URING_SETUP)
    yield struct.pack("HBBI", _RETURN, 0, 0, _ALLOW)
    yield struct.pack("HBBI", _RETURN, 0, 0, _REFUSE)


if __name__ == "__main__":
    confine(int(sys.argv[1]), int(sys.argv[2]))
    sys.dont_write_bytecode = True
    runpy.run_path(sys.argv[3], run_name="__main__")
