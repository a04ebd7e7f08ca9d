"""Countries and languages as the EU's Publications Office codes them, of those that take part in Europass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COUNTRIES: Final[Mapping[str, str]] = {
    "ALB": "Albania", "AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "BIH": "Bosnia and Herzegovina",
    "CHE": "Switzerland", "CYP": "Cyprus", "CZE": "Czechia", "DEU": "Germany", "DNK": "Denmark", "ESP": "Spain",
    "EST": "Estonia", "FIN": "Finland", "FRA": "France", "GEO": "Georgia", "GRC": "Greece", "HRV": "Croatia",
    "HUN": "Hungary", "IRL": "Ireland", "ISL": "Iceland", "ITA": "Italy", "LIE": "Liechtenstein", "LTU": "Lithuania",
    "LUX": "Luxembourg", "LVA": "Latvia", "MDA": "Moldova", "MKD": "North Macedonia", "MLT": "Malta",
    "MNE": "Montenegro", "NLD": "Netherlands", "NOR": "Norway", "POL": "Poland", "PRT": "Portugal", "ROU": "Romania",
    "SRB": "Serbia", "SVK": "Slovakia", "SVN": "Slovenia", "SWE": "Sweden", "TUR": "Türkiye", "UKR": "Ukraine",
}  # fmt: skip

LANGUAGES: Final[Mapping[str, tuple[str, str]]] = {
    "bg": ("BUL", "Bulgarian"), "cs": ("CES", "Czech"), "da": ("DAN", "Danish"), "de": ("DEU", "German"),
    "el": ("ELL", "Greek"), "en": ("ENG", "English"), "es": ("SPA", "Spanish"), "et": ("EST", "Estonian"),
    "fi": ("FIN", "Finnish"), "fr": ("FRA", "French"), "ga": ("GLE", "Irish"), "hr": ("HRV", "Croatian"),
    "hu": ("HUN", "Hungarian"), "is": ("ISL", "Icelandic"), "it": ("ITA", "Italian"), "lt": ("LIT", "Lithuanian"),
    "lv": ("LAV", "Latvian"), "mk": ("MKD", "Macedonian"), "mt": ("MLT", "Maltese"), "nl": ("NLD", "Dutch"),
    "no": ("NOR", "Norwegian"), "pl": ("POL", "Polish"), "pt": ("POR", "Portuguese"), "ro": ("RON", "Romanian"),
    "sk": ("SLK", "Slovak"), "sl": ("SLV", "Slovenian"), "sr": ("SRP", "Serbian"), "sv": ("SWE", "Swedish"),
    "tr": ("TUR", "Turkish"), "uk": ("UKR", "Ukrainian"),
}  # fmt: skip
