"""Whether an address belongs to one of some networks."""

import ipaddress
from collections.abc import Iterable


def among(host: str | None, networks: Iterable[str]) -> bool:
    """Tell whether a client's address is in any of the networks; IPv4 within IPv6 is itself."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(n, strict=False) for n in networks)
