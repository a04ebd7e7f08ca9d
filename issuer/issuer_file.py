"""The YAML file that describes an issuer: what every credential says about the organization.

Two lines are enough:

    name: Brightmoor Systems
    url: https://www.brightmoor.example
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from issuer.errors import Fault, IssuerFileRefused
from issuer.plain_text import is_email_address, one_line, safe_text, short_name, slug_of, web_address
from issuer.program_yaml import read_yaml
from issuer.yaml_model import Parts, read_image, read_model

_HIDDEN = frozenset({"picture"})


def _email(text: str) -> str:
    if not is_email_address(text):
        raise ValueError(f"{text!r} is no e-mail address; write it like credentials@example.org")
    return text


class IssuerDefinition(BaseModel):
    """An issuer as its operator describes it. `picture` is the media type and bytes of the file `image` names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Annotated[str, AfterValidator(short_name)]
    name: Annotated[str, AfterValidator(one_line)]
    url: Annotated[str, AfterValidator(web_address)] | None = None
    email: Annotated[str, AfterValidator(_email)] | None = None
    description: Annotated[str, AfterValidator(safe_text)] | None = None
    image: str | None = None
    picture: tuple[str, bytes] | None = Field(default=None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _short_name(cls, data: Any) -> Any:
        """A short name made of the name, where that gives one."""
        if isinstance(data, dict) and "slug" not in data and isinstance(data.get("name"), str):
            return {**data, "slug": slug_of(data["name"]) or "issuer"}
        return data


_PARTS: Parts = {(): IssuerDefinition}


def named(name: str) -> IssuerDefinition:
    """An issuer of which nothing but the name is known. Raises IssuerFileRefused for an unusable name."""
    try:
        return IssuerDefinition.model_validate({"name": name})
    except ValueError as error:
        raise IssuerFileRefused(
            "The issuer", [Fault("name", f"{name!r} is no name", "give one line of text")]
        ) from error


def read_issuer(data: bytes, *, directory: Path | None = None) -> IssuerDefinition:
    """The issuer that a YAML file describes, with its image read from below `directory`.

    Raises IssuerFileRefused with every fault: line, field, what is wrong, what would be right.
    """
    document = read_yaml(data)
    faults = list(document.faults)
    definition = None
    if document.data is not None:
        nothing = Fault("line 1", "this describes no issuer", "begin with name:, see examples/issuer.yaml")
        definition, more = read_model(document, IssuerDefinition, _PARTS, hidden=_HIDDEN, otherwise=nothing)
        faults += more
    picture = None
    if definition is not None and definition.image is not None:
        read = read_image(definition.image, directory, document.where(("image",)))
        if isinstance(read, Fault):
            faults.append(read)
        else:
            picture = read
    if faults or definition is None:
        raise IssuerFileRefused("The issuer's file", faults)
    return definition.model_copy(update={"picture": picture})
