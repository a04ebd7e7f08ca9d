"""What can go wrong when a credential is put into a file or a code: each message is a sentence for people."""

from __future__ import annotations


class WalletExportError(Exception):
    """The family of everything this room raises. The message says what was wrong, where, and what to do."""


class NotAnImage(WalletExportError):  # noqa: N818 - the room's contract names it so
    """The bytes are neither a PNG nor an SVG, the only images that can be baked (Open Badges 3.0, 5.3)."""


class ImageRefused(WalletExportError):  # noqa: N818
    """The bytes claim to be a PNG or an SVG, but are damaged, too large, or use what is not safe."""


class NothingBaked(WalletExportError):  # noqa: N818
    """The image is sound and holds no credential."""


class NotACredential(WalletExportError):  # noqa: N818
    """The text to bake is neither a signed credential in JSON nor a compact JWS."""


class RenderingFailed(WalletExportError):  # noqa: N818
    """The picture could not be drawn within the limits of time, memory and size."""


class QrRefused(WalletExportError):  # noqa: N818
    """The text, colours or size asked for do not give a code that scanners read."""


class PdfRefused(WalletExportError):  # noqa: N818
    """The PDF is damaged, encrypted, or larger than what is read."""


class TypesettingFailed(WalletExportError):  # noqa: N818
    """The document could not be set within the limits of time, memory and size."""


class LettersMissing(TypesettingFailed):
    """No font that is at hand has `letters`, and a document with boxes in their place was not wanted."""

    def __init__(self, letters: str) -> None:
        self.letters = letters
        super().__init__(f"No font on this machine has the letters “{letters}”.")
