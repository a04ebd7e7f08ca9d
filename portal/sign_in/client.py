"""Who asks, as far as it is of use: the network he asks from, for counting; his browser, for his list of sessions."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

from portal.service import Service

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
_IPV6_BITS = 64  # what one customer gets, at least


def network_of(request: Request, service: Service) -> str:
    """The address that a request comes from, or its network where one customer has many addresses."""
    host = request.client.host if request.client is not None else ""
    if service.settings.behind_proxy:
        # The proxy adds the last entry itself; those before it are whatever the client wrote.
        host = request.headers.get("x-forwarded-for", host).rpartition(",")[2].strip()
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host[:64]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address.packed, _IPV6_BITS), strict=False))
    return str(address.ipv4_mapped or address) if isinstance(address, IPv6Address) else str(address)


def agent_of(request: Request) -> str:
    """`Firefox on Linux`; as much as somebody needs to know his own devices again."""
    said = request.headers.get("user-agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in said), "")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return " on ".join(part for part in (browser or "A browser", system) if part)
