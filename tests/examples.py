"""The example program as tests apply it: without its assignments, which need the people of a directory."""

from __future__ import annotations

from issuer.program_definition import ProgramDefinition
from issuer.program_file import read_program
from tests.conftest import PROJECT

EXAMPLES = PROJECT / "examples"


def example_program() -> ProgramDefinition:
    """`examples/program.yaml` with its images."""
    program = read_program((EXAMPLES / "program.yaml").read_bytes(), directory=EXAMPLES)
    return program.model_copy(update={"assign": ()})
