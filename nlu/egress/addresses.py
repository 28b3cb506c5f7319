"""Reads an address the one way that counts: what is checked here is what the connection is made to.

Other programs read odd addresses in other ways (`http://a\\@b`, `http://a#@b`, `0177.1`); whatever could be read
in two ways is refused, and what has one meaning (an IPv4 address in any notation, a name in any script) is
brought into its plain form.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import idna

from nlu.errors import EgressRefused, InvalidData

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST = 4_000
DEFAULT_PORTS = {"http": 80, "https": 443}
# Ports of services that obey lines of text, to which a request could be made to say something (the Fetch
# standard's list, shortened to what is still run).
_BAD_PORTS = frozenset(
    {
        1,
        7,
        9,
        11,
        13,
        15,
        17,
        19,
        20,
        21,
        22,
        23,
        25,
        37,
        42,
        43,
        53,
        69,
        79,
        110,
        111,
        113,
        119,
        123,
        135,
        137,
        139,
    }
    | {
        143,
        161,
        179,
        389,
        427,
        465,
        512,
        513,
        514,
        515,
        526,
        530,
        531,
        532,
        540,
        548,
        554,
        556,
        563,
        587,
        601,
        636,
    }
    | {989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 11211, 10080}
    | {6665, 6666, 6667, 6668, 6669, 6679, 6697}
)
_PARTS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_AFTER = re.compile(r"//(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?P<port>:[0-9]{1,5})?")
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its plain form: `host` is a name or an IP address without brackets, `path` begins with `/` and
    holds the query. `ip` is set where the host is an address itself.
    """

    scheme: str
    host: str
    port: int
    path: str
    ip: IpAddress | None = None

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The plain form of the address."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def same_origin(self, other: Target) -> bool:
        """Whether both are the same scheme, host and port."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)


def read_target(url: str) -> Target:
    """The address in its plain form; EgressRefused (`scheme`, `userinfo`, `fragment`, `port`, `host` or
    `malformed`) if it has none.
    """
    if len(url) > LONGEST:
        raise EgressRefused("malformed", "the address is too long")
    if _ODD.search(url) or any("\ud800" <= character <= "\udfff" for character in url):
        raise EgressRefused("malformed", "the address holds spaces, backslashes or invisible characters")
    parts = _PARTS.fullmatch(url)
    if parts is None:
        raise EgressRefused("malformed", "the address has no scheme")
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise EgressRefused("scheme", "only http and https are allowed")
    after = _AFTER.fullmatch(parts["rest"])
    if after is None:
        raise EgressRefused("malformed", "the address has no host")
    if after["fragment"] is not None:
        raise EgressRefused("fragment", "the address holds a #")
    if "@" in after["authority"]:
        raise EgressRefused("userinfo", "the address holds a user name")
    authority = _AUTHORITY.fullmatch(after["authority"])
    if authority is None:
        raise EgressRefused("host", "the host cannot be read")
    port = int(authority["port"][1:]) if authority["port"] else DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65535 or port in _BAD_PORTS:
        raise EgressRefused("port", "the port is not for web requests")
    host, ip = read_host(authority["host"])
    path = quote(after["path"] or "/", safe="/%:@!$&'()*+,;=~-._") + quote(
        after["query"] or "", safe="?/%:@!$&'()*+,;=~-._[]"
    )
    return Target(scheme, host, port, path, ip)


def read_redirect(at: Target, location: str) -> Target:
    """Where a `Location` leads from `at`; a fragment, which browsers keep for themselves, is dropped."""
    if _ODD.search(location):
        raise EgressRefused("malformed", "the redirect holds spaces, backslashes or invisible characters")
    place = location.partition("#")[0]
    if place.startswith("//"):
        return read_target(f"{at.scheme}:{place}")
    if _PARTS.fullmatch(place):
        return read_target(place)
    return read_target(urljoin(at.url, place))


def read_host_port(pair: str) -> tuple[str, int]:
    """The two of an exact `host:port`, in plain form; InvalidData if either cannot be read."""
    authority = _AUTHORITY.fullmatch(pair.strip())
    if authority is None or authority["port"] is None or not 1 <= int(authority["port"][1:]) <= 65535:
        raise InvalidData(f"“{pair}” is no host:port")
    try:
        return read_host(authority["host"])[0], int(authority["port"][1:])
    except EgressRefused:
        raise InvalidData(f"“{pair}” is no host:port") from None


def read_host(host: str) -> tuple[str, IpAddress | None]:
    """A host in plain form, and as an address if it is one in any notation; EgressRefused("host") otherwise."""
    if host.startswith("["):
        try:
            address = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise EgressRefused("host", "the IPv6 address cannot be read") from None
        return str(address), address
    name = _plain_name(host)
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        number = _ipv4(labels)
        return str(number), number
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise EgressRefused("host", "the name of the host cannot be read")
    return name, None


def _plain_name(host: str) -> str:
    """Lower-case ASCII, without the dot at the end; letters and digits of other scripts as IDNA has them."""
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise EgressRefused("host", "the name of the host cannot be read") from None
    return name.removesuffix(".")


def _ipv4(labels: list[str]) -> ipaddress.IPv4Address:
    """An IPv4 address of one to four parts, each decimal, octal (0…) or hexadecimal (0x…), as browsers read it."""
    try:
        if not 1 <= len(labels) <= 4:
            raise ValueError
        numbers = [_part(label) for label in labels]
        value = numbers[-1]
        if value >= 256 ** (5 - len(numbers)) or any(number > 255 for number in numbers[:-1]):
            raise ValueError
        for position, number in enumerate(numbers[:-1]):
            value += number * 256 ** (3 - position)
        return ipaddress.IPv4Address(value)
    except ValueError:
        raise EgressRefused("host", "the IPv4 address cannot be read") from None


def _part(label: str) -> int:
    if label[:2] in {"0x", "0X"}:
        return int(label[2:] or "0", 16)
    if len(label) > 1 and label.startswith("0"):
        return int(label, 8)
    return int(label, 10)
