"""What is cut off before anything is stored."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def truncate_ip(address: str | None) -> str | None:
    """Return the /24 of an IPv4 address, the /48 of an IPv6 one; an IPv4 inside an IPv6 counts as IPv4."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    network = ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False)
    return str(network.network_address)
