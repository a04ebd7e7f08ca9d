"""Which language a name may be announced in: only what its script proves, else none is claimed."""

from __future__ import annotations

import unicodedata


def language_of(text: str) -> str:
    """The BCP 47 tag that the letters prove (kana: Japanese, hangul: Korean), else "" for unknown.

    HTML's `lang=""` says that the language is unknown, so that a name in an English page is not read as English.
    Ideographs alone prove nothing: Chinese and Japanese share them.
    """
    if text.isascii():
        return ""
    names = {unicodedata.name(letter, "").split(" ", 1)[0] for letter in text}
    if names & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    if "HANGUL" in names:
        return "ko"
    return ""
