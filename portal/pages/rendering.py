"""Templates to HTML: everything is escaped, a name that is not given is an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from jinja2 import PackageLoader, StrictUndefined

from portal.language.language import ENGLISH, LANGUAGES, Language
from portal.language.recalled import recalled
from portal.language.spoken_templates import SpokenEnvironment
from portal.pages.browser_words import form_words
from portal.static_files import static_files

if TYPE_CHECKING:
    from portal.sign_in.who import Visitor


_KINDS = 32


@dataclass(frozen=True, slots=True)
class Site:
    """What every page carries: the name at its head, and the path under which the portal is reached.

    doors: whether there is a way to sign in. language: in which pages speak to whoever asks. query: what the address of
    the page has beside a language, to be continued; None for a page that no address shows again.
    """

    name: str
    path: str
    doors: bool = False
    language: Language = ENGLISH
    query: str | None = ""

    def at(self, path: str) -> str:
        """The address of a page of ours, on this server."""
        return self.path + path

    def static(self, name: str) -> str:
        """The address of a file of ours, which changes with its bytes."""
        return f"{self.path}/static/{static_files()[name].digest}/{name}"


def render(
    template: str,
    site: Site,
    *,
    here: str = "",
    visitor: Visitor | None = None,
    **values: object,
) -> str:
    """The page of `template`; `here` names the place in the navigation.

    visitor: who asks, for pages that are made for him; None for those that are the same for everybody.
    """
    return (
        _environment(site.language)
        .get_template(template)
        .render(
            site_name=site.language.say(site.name),
            at=site.at,
            static=site.static,
            doors=site.doors,
            version=product_version(),
            here=here,
            query=site.query,
            visitor=visitor,
            **values,
        )
    )


def seal_shape(kind: str) -> str:
    """What is in the seal of a status: SVG in a box of 64 by 64, of which a style sheet says the colours."""
    seal: Callable[[str], str] = _environment(ENGLISH).globals["seal"]  # type: ignore[assignment]
    drawn = str(seal(kind))
    return drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]


def read_templates() -> None:
    """Read all of them now: else those who ask first, all at once, would each read them for himself, and wait."""
    for language in LANGUAGES:
        environment = _environment(language)
        for name in environment.list_templates(extensions=["html"]):
            environment.get_template(name)


@cache
def product_version() -> str:
    """The installed version, or "" in a source tree that is not installed."""
    try:
        return version("guildmark")
    except PackageNotFoundError:
        return ""


@cache
def _environment(language: Language) -> SpokenEnvironment:
    """One for each language, so that imported macros too speak it."""
    environment = SpokenEnvironment(
        language.text,
        loader=PackageLoader("portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they do not change; to look whether they did takes eight calls of the system for a page
        cache_size=-1,  # all are kept: there are so many as files, and to keep the last used in order costs each page
        extensions=["jinja2.ext.i18n"],
    )
    install = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(language.text, language.number_of, newstyle=True)
    environment.globals |= {"language": language, "languages": LANGUAGES, "form_words": form_words(language)}
    environment.filters |= {"said": language.say, "recalled": recalled, "day": language.day, "number": language.number}
    signs = environment.get_template("seal.html").module
    for name in ("seal", "sign"):  # every page has a dozen, of as many kinds as there are verdicts
        environment.globals[name] = lru_cache(maxsize=_KINDS)(getattr(signs, name))
    return environment
