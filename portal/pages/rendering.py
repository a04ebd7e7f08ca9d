"""Templates to HTML: everything is escaped, a name that is not given is an error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from jinja2 import Environment, PackageLoader, StrictUndefined

from portal.static_files import static_files


@dataclass(frozen=True, slots=True)
class Site:
    """What every page carries: the name at its head, and the path under which the portal is reached."""

    name: str
    path: str

    def at(self, path: str) -> str:
        """The address of a page of ours, on this server."""
        return self.path + path

    def static(self, name: str) -> str:
        """The address of a file of ours, which changes with its bytes."""
        return f"{self.path}/static/{static_files()[name].digest}/{name}"


def render(template: str, site: Site, *, here: str = "", **values: object) -> str:
    """The page of `template`; `here` names the place in the navigation."""
    return (
        _environment()
        .get_template(template)
        .render(site_name=site.name, at=site.at, static=site.static, version=product_version(), here=here, **values)
    )


@cache
def product_version() -> str:
    """The installed version, or "" in a source tree that is not installed."""
    try:
        return version("guildmark")
    except PackageNotFoundError:
        return ""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
