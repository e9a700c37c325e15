"""The proxy for a request, by kubeconfig or environment.

Variables of the environment are read as Go programs read them.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from stsview.cluster.config import is_loopback


def proxy_for(server: str, configured: str = "") -> str | None:
    """The URL of the proxy for `server`; None for a direct connection.

    As in Go's net/http (and so kubectl), proxies of the environment are never used for loopback addresses, and NO_PROXY
    may hold networks (`10.0.0.0/8`), which neither the standard library nor aiohttp support.
    """
    if configured:
        return configured
    proxies = getproxies_environment()
    parts = urlsplit(server)
    host = parts.hostname or ""
    proxy = proxies.get(parts.scheme)
    if (
        not proxy
        or is_loopback(host)
        or proxy_bypass_environment(host, proxies)
        or _in_networks(host, proxies.get("no", ""))
    ):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _in_networks(host: str, networks: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for network in networks.split(","):
        try:
            if address in ipaddress.ip_network(network.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False
