"""`guildmark bake`, `unbake` and `qr`: badges in images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.cli.terminal import say
from wallet_export.qr import ErrorCorrection

Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")]


def bake(
    image: Annotated[Path, typer.Argument(help="PNG or SVG.")],
    credential: Annotated[Path, typer.Argument(help="Signed credential, as JSON or JWT.")],
    output: Output = None,
) -> None:
    """Bake a signed credential into an image; one that is in there already is replaced."""
    from wallet_export.baking import bake as bake_into
    from wallet_export.baking import image_form

    picture = image.read_bytes()
    if output is not None and output.suffix.lower() != f".{image_form(picture)}":
        raise typer.BadParameter(f"{output} must end in .{image_form(picture)}, as the image is one")
    baked = bake_into(picture, _text(credential))
    target = output or image.with_name(f"{image.stem}-baked{image.suffix}")
    target.write_bytes(baked)
    say(str(target))


def unbake(
    image: Annotated[Path, typer.Argument(help="Baked PNG or SVG.")],
    output: Output = None,
) -> None:
    """Read the credential out of a baked image, exactly as it was baked; it is not verified."""
    from wallet_export.baking import unbake as unbake_from

    found = unbake_from(image.read_bytes())
    if output is None:
        typer.echo(found.text)
    else:
        output.write_text(found.text, encoding="utf-8")
        say(f"{output}  (Open Badges {found.generation})")


def qr(
    text: Annotated[str, typer.Argument(help="Address of a credential, or other text.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .png or .svg.")] = Path("qr.png"),
    correction: Annotated[
        ErrorCorrection, typer.Option(help="Error correction: L 7 %, M 15 %, Q 25 %, H 30 %.")
    ] = ErrorCorrection.Q,
    millimetres: Annotated[float | None, typer.Option(min=5, max=1000, help="Width on paper; default: screen.")] = None,
) -> None:
    """Draw a QR code that scans from a screen or, with --millimetres, from paper."""
    from wallet_export.qr import qr_png, qr_svg
    from wallet_export.qr_size import SCREEN, PrintSize

    draw = {".png": qr_png, ".svg": qr_svg}.get(output.suffix.lower())
    if draw is None:
        raise typer.BadParameter(f"{output} must end in .png or .svg")
    size = PrintSize(millimetres) if millimetres else SCREEN
    output.write_bytes(draw(text, correction=correction, size=size))
    say(str(output))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{path} is no signed credential: it is not text in UTF-8") from None
