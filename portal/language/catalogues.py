"""The catalogues: what the texts of the pages are in other languages. They are read as their translators write them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations


@cache
def catalogue(tag: str) -> NullTranslations:
    """The translations into the language, from all `portal/language/{tag}/*.po`; the texts themselves are English."""
    found = NullTranslations()
    if tag == "en":
        return found
    for file in sorted(files("portal.language").joinpath(tag).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            compiled = BytesIO()
            write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=tag))
            compiled.seek(0)
            found = found.merge(Translations(compiled)) if isinstance(found, Translations) else Translations(compiled)
    return found
