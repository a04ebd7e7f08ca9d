"""Results that are stated and were not passed: nobody is awarded a level, or renews one, by them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from credentials.sentence import sentence
from issuer.assessment.quorum import passes
from issuer.errors import Fault
from issuer.program_definition import ResultRule


def faults_of_marks(rules: Sequence[ResultRule], results: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Each result that is in range and below what passes; what is out of range is said elsewhere."""
    known = {rule.id: rule for rule in rules}
    for name, value in results:
        rule = known.get(name)
        if rule is not None and rule.fault_of(value) is None and not passes(rule, value):
            what = f"{value} does not pass: “{rule.name}” takes {rule.passing}{'' if rule.values else ' or better'}"
            yield Fault(f"result:{name}", what, sentence("award it when it is passed"))
