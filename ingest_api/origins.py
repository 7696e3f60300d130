"""Origins of browsers: the lists of allowed ones, and how an ``Origin`` header is compared with them.

Both sides are brought to the form that browsers send (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin):
scheme and host in lower case, the host in punycode, no default port, no path.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

NULL = "null"  # sandboxed frames, local files, beacons of a page without referrer: many strangers share it
MAX_ORIGIN_CHARS = 512  # a host name has at most 253
WILDCARD = "*."
_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
_ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\,;\"'<>]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?")


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: a key of a cache, made once at start
class Origins:
    """Allowed origins. ``any`` stands for no list at all: every origin may post, none gets credentials."""

    any: bool = True
    exact: frozenset[str] = frozenset()
    wild: tuple[tuple[str, str], ...] = ()  # ("https://", ".example.com:8443"): what stands before and after the label

    @property
    def count(self) -> int:
        """Number of origins on the list."""
        return len(self.exact) + len(self.wild)

    def lists(self, origin: str) -> bool:
        """Tell whether an ``Origin`` header is on the list; never true where there is none."""
        if origin in self.exact:
            return True
        if self.any and not self.exact and not self.wild:
            return False
        plain = canonical(origin) if origin.isascii() else None  # browsers send punycode
        return plain is not None and (plain in self.exact or self._is_wild(plain))

    def allows(self, origin: str) -> bool:
        """Tell whether a request with this ``Origin`` may post."""
        return self.any or self.lists(origin)

    def _is_wild(self, origin: str) -> bool:
        return any(
            origin.startswith(before) and origin.endswith(after) and len(origin) > len(before) + len(after)
            for before, after in self.wild
        )


NOBODY = Origins(any=False)


def parse_origins(items: Iterable[str]) -> Origins:
    """Read a list of origins; none at all means any. Raises ValueError naming what is wrong with which one."""
    exact: set[str] = set()
    wild: set[tuple[str, str]] = set()
    for item in filter(None, map(str.strip, items)):
        origin = NULL if item == NULL else canonical(item.replace(WILDCARD, "", 1) if _has_wildcard(item) else item)
        if origin is None:
            raise ValueError(f"{item[:80]!r} is no origin: write it as https://example.com or https://*.example.com")
        if not _has_wildcard(item):
            exact.add(origin)
            continue
        scheme, _, host = origin.partition("://")
        if "." not in host and not host.startswith("localhost"):
            raise ValueError(f"{item[:80]!r} allows a whole top-level domain")
        wild.add((f"{scheme}://", f".{host}"))
    return Origins(any=not exact and not wild, exact=frozenset(exact), wild=tuple(sorted(wild)))


def union(lists: Iterable[Origins]) -> Origins:
    """Join lists: what a preflight is judged by, for it carries no key and so names no source."""
    lists = tuple(lists)
    wild = {pair for one in lists for pair in one.wild}
    exact = frozenset[str]().union(*(one.exact for one in lists))
    return Origins(any=any(one.any for one in lists), exact=exact, wild=tuple(sorted(wild)))


def canonical(origin: str) -> str | None:
    """Return an origin in the one form that browsers send; None when it is none."""
    return _canonical(origin) if len(origin) <= MAX_ORIGIN_CHARS else None  # what is longer would fill the cache


@lru_cache(maxsize=1024)
def _canonical(origin: str) -> str | None:
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        return None
    scheme, host, port = match[1].lower(), _host(match[2]), (match[3] or "").lstrip("0")
    if host is None or (match[3] and not 0 < int(match[3]) < 65536):
        return None
    return f"{scheme}://{host}" if port in ("", _DEFAULT_PORTS.get(scheme)) else f"{scheme}://{host}:{port}"


def _has_wildcard(item: str) -> bool:
    return item.partition("://")[2].startswith(WILDCARD)


def _host(text: str) -> str | None:
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            return None
    host = text.lower() if text.isascii() else _punycode(text)
    return host if host and _HOST.fullmatch(host) else None


def _punycode(text: str) -> str | None:
    import idna  # only where a list has such a name: browsers send punycode

    try:
        return idna.encode(text, uts46=True).decode().lower()
    except idna.IDNAError:
        return None
