"""Forms: what was typed, read once at the edge, and what is wrong with it, field by field.

A form that is refused comes back as it was sent: every value kept, each fault at its field, and all of them listed at
the head for readers who do not see the page as a whole (WCAG 2.2, 3.3.1 and 3.3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from starlette.datastructures import FormData

from credentials.sentence import Sentence, sentence, together
from issuer.errors import Fault
from portal.uploads import MEGABYTE, PAGES, too_large

LONGEST = 20_000
"""Characters of one value."""
MOST_VALUES = 2_000

_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with the field of that name; without a name, with the form as a whole."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Form:
    """The values of a form as text, by the names of its fields, and its faults. Empty for one not sent yet."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    faults: tuple[FieldFault, ...] = ()

    def value(self, name: str) -> str:
        """The (first) value, without spaces around it; "" if there is none."""
        return self.values.get(name, ("",))[0].strip()

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field that may have several, empty ones left out."""
        return tuple(value.strip() for value in self.values.get(name, ()) if value.strip())

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.value(name))

    def fault(self, name: str) -> str:
        """What is wrong with a field; "" if nothing is."""
        return next((one.what for one in self.faults if one.name == name), "")

    @property
    def whole(self) -> tuple[FieldFault, ...]:
        """The faults of the form as a whole."""
        return tuple(one for one in self.faults if not one.name)

    def refused(self, *faults: FieldFault) -> Form:
        """The same form with these faults besides."""
        return replace(self, faults=(*self.faults, *faults))

    def refused_by(self, faults: Iterable[Fault], fields: Mapping[str, str] = MappingProxyType({})) -> Form:
        """The same with the faults that a room of the issuer found.

        `fields` says which field a fault belongs to, by how its `where` begins; the others are of the whole form.
        """
        found = []
        for fault in faults:
            name = next((name for where, name in fields.items() if fault.where.startswith(where)), "")
            where = "" if name or not fault.where else f"{fault.where}:"
            found.append(FieldFault(name, together(where, fault.said)))
        return self.refused(*found)


def form_of(data: FormData) -> Form:
    """What was sent, files left out. A value that is too long, or too many of them, is a fault; so is a file."""
    values: dict[str, tuple[str, ...]] = {}
    faults = [FieldFault(name, _of_file(one.called, together=one.together)) for name, one in too_large(data)]
    for number, (name, value) in enumerate(data.multi_items()):
        if number >= MOST_VALUES:
            faults.append(FieldFault("", sentence("The form has more than {most} values.", most=MOST_VALUES)))
            break
        if isinstance(value, str):
            if len(value) > LONGEST:
                faults.append(FieldFault(name, sentence("This is longer than {most} characters.", most=LONGEST)))
            values[name] = (*values.get(name, ()), value.replace("\r\n", "\n"))
    return Form(MappingProxyType(values), tuple(faults))


def _of_file(called: str, *, together: bool) -> Sentence:
    if together:
        most = PAGES.files_together // MEGABYTE
        return sentence("Together these files are larger than {most} MB. Send fewer at a time.", most=most)
    most = PAGES.file // MEGABYTE
    return sentence("“{file}” is larger than {most} MB. Choose a smaller one.", file=called[:200], most=most)


def filled(**values: str | Iterable[str] | bool | None) -> Form:
    """A form that shows what there is already."""
    shown: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            shown[name] = ("yes",) if value else ("",)
        elif isinstance(value, str):
            shown[name] = (value,)
        elif value is not None:
            shown[name] = tuple(value)
    return Form(MappingProxyType(shown))
