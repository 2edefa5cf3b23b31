"""Which hosts a source may reach, and the address that a connection really goes to.

A name is resolved, the addresses are judged, and the connection goes to exactly those addresses: a second
resolution between judging and connecting would let a name server answer with a private address.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from connectors.kit.errors import ConfigError, Transient

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> textual IP addresses, in the order to try. Raises OSError where there are none."""

_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._-]*|[0-9A-Fa-f:.]+")
"""A name, or an IPv6 address, which httpx strips of its brackets."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ALLOW_REMEDY = (
    "Enter the public address of the site, or let an administrator of this service add the host to "
    "PRODOPS_ALLOWED_PRIVATE_HOSTS."
)


@dataclass(frozen=True, slots=True)
class Pin:
    """Where connections to `host` go: the addresses that were judged, in the order to try."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The operating system's answer for a name."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class HostPolicy:
    """The hosts that one source may be asked at.

    `allowed` are host names (`*.example.com` stands for any subdomain). `allowed_private` are names, IP
    addresses or networks that may be reached although they are private, and by plain http too.
    """

    def __init__(
        self,
        allowed: Sequence[str],
        allowed_private: Sequence[str] = (),
        resolve: Resolve = system_resolve,
    ) -> None:
        self._allowed = tuple(_plain_host(pattern) for pattern in allowed)
        self._private_networks: list[Network] = []
        self._private_names: list[str] = []
        for entry in allowed_private:
            try:
                self._private_networks.append(ipaddress.ip_network(_plain_host(entry), strict=False))
            except ValueError:
                self._private_names.append(_plain_host(entry))
        self._resolve = resolve

    def pin(self, url: str | httpx.URL) -> Pin:
        """Judges a URL and gives the addresses to connect to; the name is resolved here and nowhere else.

        Raises ConfigError where the URL is malformed, foreign to the source, unresolvable or private, and
        Transient where the name server did not answer.
        """
        parsed = parse_url(url)
        host = _plain_host(parsed.host)
        if not any(_matches(host, pattern) for pattern in self._allowed):
            raise ConfigError(
                f"This source may not be asked at the host {host}.",
                "Enter an address of the vendor that the connector is made for.",
            )
        port = parsed.port or _DEFAULT_PORTS[parsed.scheme]
        addresses = self._addresses(parsed.raw_host.decode("ascii"), port)
        named = any(_matches(host, pattern) for pattern in self._private_names)
        private = [address for address in addresses if not is_public(address)]
        for address in private:
            if _never(address) or not (named or self._in_private_network(address)):
                raise ConfigError(f"The host {host} is a private or local address.", _ALLOW_REMEDY)
        if parsed.scheme == "http" and len(private) < len(addresses):
            raise ConfigError(
                f"The address of {host} must begin with https://.",
                "Use https; plain http is for allowed private hosts only.",
            )
        return Pin(parsed.scheme, host, port, tuple(str(address) for address in addresses))

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            answers = self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise Transient(
                    f"The name server did not answer for the host {host}.",
                    "Check the spelling of the address, and that this machine can resolve names.",
                ) from error
            raise _unresolvable(host) from error
        except (OSError, UnicodeError) as error:
            raise _unresolvable(host) from error
        if not answers:
            raise _unresolvable(host)
        return [ipaddress.ip_address(answer.partition("%")[0]) for answer in answers]

    def _in_private_network(self, address: Address) -> bool:
        real = _unwrapped(address)
        return any(real.version == network.version and real in network for network in self._private_networks)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet, judged by the IPv4 address inside where there is one."""
    real = _unwrapped(address)
    if isinstance(real, ipaddress.IPv6Address) and (real.is_site_local or real in _NAT64_LOCAL):
        return False
    return real.is_global and not (real.is_multicast or real.is_reserved or real.is_unspecified)


def _never(address: Address) -> bool:
    real = _unwrapped(address)
    return real.is_multicast or real.is_unspecified


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, compatible, 6to4, Teredo, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    embeds = address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 0xFFFF)
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if embeds else address


def parse_url(url: str | httpx.URL) -> httpx.URL:
    """A URL with http or https, a host, and no credentials in it. Raises ConfigError for any other text."""
    remedy = "Enter an address such as https://example.com."
    try:
        parsed = httpx.URL(url)
        parsed.host  # noqa: B018 - a name that claims to be an encoded one is decoded here first, and may be none
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigError("The address is not a URL.", remedy) from error
    if parsed.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(parsed.raw_host):
        raise ConfigError("The address must begin with https:// and name a host.", remedy)
    if parsed.userinfo:
        raise ConfigError(
            "The address holds a user name or password.", "Leave them out; credentials have fields of their own."
        )
    return parsed


def base_address(text: str) -> str:
    """An address that paths are added to, as a setting holds it: no slash at its end. Raises ValueError."""
    try:
        url = parse_url(text)
    except ConfigError as error:
        raise ValueError(f"{error.message} {error.remedy}") from error
    if url.query or url.fragment:
        raise ValueError("Leave the question mark or hash and what follows out of the address.")
    return str(url).rstrip("/")


def _plain_host(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def _unresolvable(host: str) -> ConfigError:
    return ConfigError(f"The host {host} does not exist.", "Check the spelling of the address.")
