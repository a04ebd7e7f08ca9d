"""Which IP addresses belong to the public internet: the table behind the guard against forged requests.

Written as our own table and not left to `ipaddress.is_global`, whose answer changed between Python releases
(gh-113171) and which judges an address that only wraps another one by the wrapping.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# IANA IPv4 Special-Purpose Address Registry (RFC 6890): all that is not globally reachable, plus what is
# reachable but never a website. 168.63.129.16 is the metadata address of a large cloud, in public space.
_CLOSED_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip

# Of IPv6 only 2000::/3 is given out for global unicast (RFC 4291); inside it these are special (RFC 6890):
# protocol assignments with Teredo and ORCHID, two documentation blocks, and 6to4, which tunnels to any IPv4.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

# An IPv6-only network writes every IPv4 host with this prefix (NAT64, RFC 6052): the host inside decides.
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether the IP address, as text, is a global unicast address; False for whatever is not readable as one."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public_ipv4(parsed) if isinstance(parsed, IPv4Address) else _is_public_ipv6(parsed)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED_IPV4)


def _is_public_ipv6(address: IPv6Address) -> bool:
    inside = address.ipv4_mapped
    if inside is None and address in _NAT64:
        inside = IPv4Address(int(address) & 0xFFFF_FFFF)
    if inside is not None:
        return _is_public_ipv4(inside)
    return address in _GLOBAL_IPV6 and not any(address in network for network in _CLOSED_IPV6)
