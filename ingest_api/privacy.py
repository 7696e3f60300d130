"""What is cut off an address before anything is stored."""

import ipaddress
from functools import lru_cache
from typing import Literal

IpMode = Literal["truncated", "full", "none"]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_LOW_32_BITS = 0xFFFF_FFFF


@lru_cache(maxsize=4096)
def kept_ip(address: str | None, mode: IpMode) -> str | None:
    """Return what is stored of a client address: its /24 (IPv4) or /48 (IPv6), all of it, or nothing.

    An IPv4 address inside an IPv6 one counts as IPv4: mapped, of NAT64, and of 6to4, whose /48 *is* the IPv4 address.
    """
    if mode == "none":
        return None
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _ipv4_in(ip) or ip
    if mode == "full":
        return str(ip)
    network = ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False)
    return str(network.network_address)


def cut_ip(text: str, mode: IpMode) -> str:
    """Return what is stored of a text in which an address is expected; a text that is none stays."""
    if mode == "full" or kept_ip(text, "full") is None:
        return text
    return kept_ip(text, mode) or ""


def _ipv4_in(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & _LOW_32_BITS)
    return ip.ipv4_mapped or ip.sixtofour
