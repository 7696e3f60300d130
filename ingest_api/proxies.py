"""Who sent a request, and how, when it came through proxies: X-Forwarded-* and Forwarded (RFC 7239).

Headers count only when the peer is a trusted proxy (TRACKING_TRUSTED_PROXIES). Each proxy appends what it saw, so
the list is read from the right: past every trusted address, to the first one that is not. Left of it stands
whatever the client wrote itself.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ingest_api.settings import Settings

Environ = dict[str, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_ADDRESS_CHARS = 64  # 45 of IPv6 and a zone
_QUOTED_OR_NOT = re.compile(r'"(?:[^"\\]|\\.)*"|[^",;]+|[",;]')
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy tells of the one that it was connected to; None where it says nothing that can be read."""

    address: str | None
    proto: str | None = None
    host: str | None = None


def client_ip(environ: Environ, settings: Settings) -> str | None:
    """Return the client's address; None when trusted proxies do not say it (``unknown``, a hidden name)."""
    peer: str | None = environ.get("REMOTE_ADDR")
    if settings.proxies and _is_trusted(peer, settings):
        return _client(environ, settings).address
    return peer


def is_https(environ: Environ, settings: Settings) -> bool:
    """Tell whether the client spoke HTTPS, to us or to the proxy that it reached first."""
    if settings.proxies and _is_trusted(environ.get("REMOTE_ADDR"), settings):
        proto = _client(environ, settings).proto
        if proto is not None:
            return proto.lower() in ("https", "wss")
    return bool(environ["wsgi.url_scheme"] == "https")


def host(environ: Environ, settings: Settings) -> str:
    """Return the host, and port if any, that the client asked for; empty when it cannot be one."""
    named: str | None = None
    if settings.proxies and _is_trusted(environ.get("REMOTE_ADDR"), settings):
        named = _client(environ, settings).host
    named = named or environ.get("HTTP_HOST", "")
    return named if _HOST.fullmatch(named) else ""


def network_of(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that an IPv6 client has to itself."""
    if address is None or ":" not in address:
        return address or "unknown"
    plain = _address(address)
    if isinstance(plain, ipaddress.IPv6Address):
        return f"{int(plain) >> 64:x}/64"
    return str(plain or "unknown")


def _is_trusted(text: str | None, settings: Settings) -> bool:
    address = _address(text or "")
    return address is not None and any(address in network for network in settings.proxies)


def _client(environ: Environ, settings: Settings) -> Hop:
    """Walk from the peer, which is trusted, to the first address that is not."""
    client = Hop(environ["REMOTE_ADDR"])
    for hop in _hops(environ):
        client = hop
        if hop.address is None or not _is_trusted(hop.address, settings):
            break
    return client


def _hops(environ: Environ) -> Iterator[Hop]:
    """Yield what the proxies tell, the nearest first. X-Forwarded-For wins: a proxy that sets it sets it always."""
    if "HTTP_X_FORWARDED_FOR" in environ:
        yield from _x_forwarded(environ)
    elif "HTTP_FORWARDED" in environ:
        for element in reversed(_elements(environ["HTTP_FORWARDED"])):
            yield Hop(_node(element.get("for", "")), element.get("proto"), element.get("host"))
    else:
        protos, hosts = _items(environ, "PROTO"), _items(environ, "HOST")
        yield Hop(environ["REMOTE_ADDR"], protos[-1] if protos else None, hosts[-1] if hosts else None)


def _x_forwarded(environ: Environ) -> Iterator[Hop]:
    """Pair the lists from the right; one value alone is the nearest proxy's word for all."""
    protos, hosts = _items(environ, "PROTO"), _items(environ, "HOST")
    for index, text in enumerate(reversed(environ["HTTP_X_FORWARDED_FOR"].split(",")), start=1):
        proto = protos[-min(index, len(protos))] if protos else None
        host = hosts[-min(index, len(hosts))] if hosts else None
        yield Hop(_node(text.strip()), proto, host)


def _items(environ: Environ, name: str) -> list[str]:
    text: str = environ.get(f"HTTP_X_FORWARDED_{name}", "")
    return [item.strip() for item in text.split(",")] if text else []


def _elements(header: str) -> list[dict[str, str]]:
    """Take a Forwarded header apart: one dictionary a proxy, names in lower case (RFC 7239, section 4)."""
    elements, pairs, pair = [], [], ""
    for piece in [*_QUOTED_OR_NOT.findall(header), ","]:
        if piece not in (",", ";"):
            pair += piece
            continue
        pairs.append(pair)
        pair = ""
        if piece == ",":
            elements.append(dict(map(_pair, pairs)))
            pairs = []
    return elements


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return name.strip().lower(), value


def _node(text: str) -> str | None:
    """Return a node's address without its port; None for ``unknown``, hidden names and what is no address."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    address = _address(bare)
    return None if address is None else str(address)


def _address(text: str) -> Address | None:
    return _parsed(text) if len(text) <= MAX_ADDRESS_CHARS else None  # what is longer would fill the cache


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    """Read an address; IPv4 inside IPv6 is the IPv4 address that it stands for, a zone is dropped."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
