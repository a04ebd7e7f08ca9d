"""What a backup says of itself: its parts with their hashes, and which moment of which installation it holds."""

from __future__ import annotations

import json
import re
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NAME = "manifest.json"
SETTINGS = "guildmark.toml"
KEYS = "keys"
DATABASES = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
PART_NAME = re.compile(r"guildmark\.toml|database\.(?:sqlite|pgdump)|keys/[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LONGEST = 4 * 1024 * 1024


class BackupRefused(Exception):  # noqa: N818
    """A backup that cannot be made, or one that is not whole; the message is a sentence."""


class Part(BaseModel):
    """One file of a backup. `mode` is what its original had."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=rf"^(?:{PART_NAME.pattern})$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    mode: Annotated[int, Field(ge=0, le=0o777)]


class AuditHead(BaseModel):
    """The end of the audit trail in the backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequence: int
    hash: str


class Manifest(BaseModel):
    """The file `manifest.json`. `left_out`: what the installation needs besides, in words; it is not in the backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    made_at: str
    guildmark: str
    database: Literal["sqlite", "postgresql"]
    schema_version: str
    audit_head: AuditHead
    credentials: int
    base_url: str
    parts: tuple[Part, ...]
    left_out: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it is written."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 of its text: a name for the whole backup."""
        return sha256(self.text.encode()).hexdigest()

    def part(self, name: str) -> Part:
        """The part of that name, which a backup that was read has."""
        return next(part for part in self.parts if part.name == name)


def part_of(directory: Path, name: str, mode: int) -> Part:
    """The entry of a file that lies in the backup."""
    path = directory / name
    return Part(name=name, bytes=path.stat().st_size, sha256=_digest(path), mode=mode & 0o777)


def read_whole(directory: Path) -> Manifest:
    """The manifest of a backup whose every part is as it says, and in which nothing else lies. Raises BackupRefused."""
    path = directory / NAME
    try:
        if path.stat().st_size > _LONGEST:
            raise BackupRefused(f"{path} is longer than any manifest")
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise BackupRefused(f"{directory} is no backup: there is no {NAME} in it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BackupRefused(f"{path} is no manifest of a backup: {where}: {first['msg']}") from None
    _require_parts(directory, manifest)
    return manifest


def _require_parts(directory: Path, manifest: Manifest) -> None:
    names = [part.name for part in manifest.parts]
    needed = {SETTINGS, DATABASES[manifest.database]}
    if len(set(names)) < len(names) or not needed <= set(names):
        raise BackupRefused(f"{directory / NAME} does not name the database and the settings, each once")
    lying = {
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    if foreign := sorted(lying - {NAME, *names}):
        raise BackupRefused(f"{directory / foreign[0]} does not belong to the backup: its manifest does not name it")
    for part in manifest.parts:
        path = directory / part.name
        if path.is_symlink() or not path.is_file():
            raise BackupRefused(f"{path} is missing")
        if path.stat().st_size != part.bytes or _digest(path) != part.sha256:
            raise BackupRefused(f"{path} is not what was backed up: its size or its hash is another")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
