"""Programs that resolve names."""

from __future__ import annotations

import ipaddress

from stsview.simulator.nodes.shell.cluster_dns import candidates, lookup, resolve, reverse
from stsview.simulator.nodes.shell.container import DNS_SERVICE, Container
from stsview.simulator.nodes.shell.image_profiles import ALPINE, BUSYBOX
from stsview.simulator.nodes.shell.process import Process, Program


async def getent(process: Process) -> int:
    """`getent hosts NAME…` and `getent ahosts NAME`; exit code 2 where a name is not found, as in glibc."""
    if len(process.args) < 2 or process.args[0] not in ("hosts", "ahosts", "ahostsv4"):
        return await process.fail("usage: getent hosts NAME...")
    status = 0
    for name in process.args[1:]:
        if _is_address(name):
            host = reverse(process.container.informers, name)
            found = [(name, host)] if host else []
        else:
            host, addresses = resolve(process.container, name)
            found = [(address, host) for address in addresses]
        if process.args[0] != "hosts":
            found = [
                (address, f"{kind:<6} {host if kind == 'STREAM' else ''}".rstrip())
                for address, host in found
                for kind in ("STREAM", "DGRAM", "RAW")
            ]
        status = status if found else 2
        await process.say(*(f"{address:<15} {host}" for address, host in found))
    return status


async def nslookup(process: Process) -> int:
    """As in BusyBox, which tries each search domain."""
    if not process.args:
        return await process.fail("usage: nslookup NAME [SERVER]")
    name = process.args[0]
    await process.say(f"Server:\t\t{DNS_SERVICE}", f"Address:\t{DNS_SERVICE}:53", "")
    if _is_address(name):
        host = reverse(process.container.informers, name)
        back = ".".join(reversed(name.split("."))) + ".in-addr.arpa"
        if not host:
            await process.say(f"** server can't find {back}: NXDOMAIN", "")
            return 1
        return await process.say(f"{back}\tname = {host}", "")
    found = False
    for candidate in candidates(process.container, name):
        addresses = lookup(process.container.informers, candidate)
        if not addresses:
            await process.say(f"** server can't find {candidate}: NXDOMAIN", "")
        for address in addresses:
            await process.say(f"Name:\t{candidate}", f"Address: {address}", "")
        found = found or bool(addresses)
    return 0 if found else 1


def network_programs(container: Container) -> dict[str, Program]:
    """What there is to resolve names in an image: BusyBox has no getent, Debian no nslookup."""
    system = container.profile.system
    programs: dict[str, Program] = {} if system == BUSYBOX else {"getent": getent}
    return {**programs, "nslookup": nslookup} if system in (BUSYBOX, ALPINE) else programs


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
