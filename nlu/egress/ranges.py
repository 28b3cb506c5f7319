"""Which addresses of the internet's special ranges a request may reach: none, but for pairs that are allowed."""

from __future__ import annotations

import ipaddress
from typing import Final, Literal

from nlu.egress.addresses import IpAddress

Kind = Literal["public", "private", "never"]

_V4: Final = ipaddress.IPv4Network
_V6: Final = ipaddress.IPv6Network

# Networks of one's own: refused unless the pair is allowed.
_PRIVATE_4: Final = tuple(
    _V4(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15")
)
_PRIVATE_6: Final = (_V6("::1/128"), _V6("fc00::/7"))
# Where machines of clouds tell who asks for their keys, where they are not in a range that is refused anyhow.
_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in (
        *("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"),
        *("fd20:ce::254", "fd00:42::42", "169.254.170.2", "169.254.0.23"),
    )
)
# IANA's special-purpose registry without the above: this network, link-local, protocol assignments,
# documentation, 6to4 relays, AMT and AS112, multicast, reserved.
_NEVER_4: Final = tuple(
    _V4(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.175.48.0/24", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Of IPv6 only the global unicast space is public, without protocol assignments and Teredo, documentation, 6to4.
_GLOBAL_6: Final = _V6("2000::/3")
_NEVER_6: Final = tuple(_V6(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64: Final = _V6("64:ff9b::/96")


def plain_address(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for (mapped, or NAT64's own prefix), else the address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def kind_of(address: IpAddress) -> Kind:
    """`public`, `private` (one's own network) or `never` (link-local, metadata, multicast, reserved and so on)."""
    address = plain_address(address)
    if address in _METADATA:
        return "never"
    if isinstance(address, ipaddress.IPv4Address):
        if any(address in network for network in _PRIVATE_4):
            return "private"
        return "never" if any(address in network for network in _NEVER_4) else "public"
    if address.scope_id is None and any(address in network for network in _PRIVATE_6):
        return "private"
    if address.scope_id is not None or address not in _GLOBAL_6:
        return "never"
    return "never" if any(address in network for network in _NEVER_6) else "public"
