"""Address and GeoCoordinates (Open Badges 3.0, Data Models)."""

# ruff: noqa: N815  (the standard's property names)
from __future__ import annotations

from typing import Annotated

from credentials.model.node import Maybe, Node
from credentials.model.primitive_types import Number, Text
from credentials.model.type_names import Exactly, Including, Types


class GeoCoordinates(Node):
    """GeoCoordinates: degrees of WGS 84."""

    type: Annotated[str, Exactly("GeoCoordinates")]
    latitude: Number
    longitude: Number


class Address(Node):
    """Address: addressCountryCode is an ISO 3166-1 alpha-2 code."""

    type: Annotated[Types, Including(("Address",))]
    addressCountry: Maybe[Text] = None
    addressCountryCode: Maybe[Text] = None
    addressRegion: Maybe[Text] = None
    addressLocality: Maybe[Text] = None
    streetAddress: Maybe[Text] = None
    postOfficeBoxNumber: Maybe[Text] = None
    postalCode: Maybe[Text] = None
    geo: Maybe[GeoCoordinates] = None
