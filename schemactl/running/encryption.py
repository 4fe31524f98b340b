"""Whether somebody on the way could read a connection: what is told where it leaves this machine without TLS."""

from __future__ import annotations


def exposed(host: str, *, encrypted: bool) -> str:
    """The warning for a connection to `host`; "" where it is encrypted, or does not leave this machine.

    host  a name, an address, or the path of a socket
    """
    if encrypted or _is_here(host):
        return ""
    return f"the connection to {host} is not encrypted: passwords and data can be read on the way"


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost" or host.endswith(".localhost"):
        return True
    import ipaddress  # 5 ms, which a target on a socket need not pay

    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
