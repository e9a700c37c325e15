"""Which proxy a request goes through: the kubeconfig's, else the environment's as Go programs read it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from stsview.cluster.config import is_loopback


def proxy_for(server: str, configured: str = "") -> str | None:
    """The URL of the proxy to reach `server` by; None for a direct connection.

    Like Go's net/http (and so kubectl), the environment's proxies are never used for the machine itself, and NO_PROXY
    may hold networks (`10.0.0.0/8`), which neither the standard library nor aiohttp know.
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
