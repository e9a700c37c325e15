"""The administration commands of brokers and databases, answered from the pods of the set."""

from __future__ import annotations

import asyncio

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.statefulset.state import is_ready
from stsview.simulator.nodes.shell.process import Process, Program

_GROUPS = ("billing", "orders-indexer", "shipping")
_TOPICS = ("__consumer_offsets", "invoices", "orders", "shipments")


def _peers(process: Process) -> list[Object]:
    """The pods of the set that are ready, by ordinal."""
    return [pod for pod in process.container.peers() if is_ready(pod)]


def _name(pod: Object) -> str:
    return pod["metadata"]["name"]  # type: ignore[no-any-return]


def _address(pod: Object) -> str:
    return (pod.get("status") or {}).get("podIP") or "-"


def _own_ordinal(process: Process) -> int:
    number = process.container.name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


async def kafka_consumer_groups(process: Process) -> int:
    if "--list" in process.args:
        return await process.say(*_GROUPS)
    if "--describe" in process.args:
        group = _option(process, "--group") or _GROUPS[0]
        lines = ["", f"{'GROUP':<16}{'TOPIC':<12}{'PARTITION':<11}{'CURRENT-OFFSET':<16}{'LOG-END-OFFSET':<16}LAG"]
        for number, _ in enumerate(_peers(process)):
            end = 18204 + 371 * number
            lines.append(f"{group:<16}{'orders':<12}{number:<11}{end - 3 * number:<16}{end:<16}{3 * number}")
        return await process.say(*lines)
    return await _usage(process, "--list | --describe --group GROUP")


async def kafka_topics(process: Process) -> int:
    if "--list" in process.args:
        return await process.say(*_TOPICS)
    if "--describe" in process.args:
        peers = process.container.peers()
        ready = [str(number) for number, pod in enumerate(peers) if is_ready(pod)]
        every = [str(number) for number, _ in enumerate(peers)]
        lines = []
        for topic in _TOPICS[1:]:
            lines.append(f"Topic: {topic}\tPartitionCount: {len(every)}\tReplicationFactor: {min(3, len(every))}")
            for partition in range(len(every)):
                replicas = [every[(partition + step) % len(every)] for step in range(min(3, len(every)))]
                in_sync = [one for one in replicas if one in ready]
                leader = in_sync[0] if in_sync else "none"
                if "--under-replicated-partitions" in process.args and len(in_sync) == len(replicas):
                    continue
                lines.append(
                    f"\tTopic: {topic}\tPartition: {partition}\tLeader: {leader}\t"
                    f"Replicas: {','.join(replicas)}\tIsr: {','.join(in_sync)}"
                )
        return await process.say(*lines)
    return await _usage(process, "--list | --describe")


async def zk_server(process: Process) -> int:
    if process.args[:1] != ["status"]:
        return await _usage(process, "status")
    await process.stderr.write(b"ZooKeeper JMX enabled by default\nUsing config: /conf/zoo.cfg\n")
    peers = _peers(process)
    await process.say("Client port found: 2181. Client address: localhost. Client SSL: false.")
    if len(peers) * 2 <= len(process.container.peers()):
        return await process.say("Error contacting service. It is probably not running.") or 1
    return await process.say(f"Mode: {'leader' if _name(peers[-1]) == process.container.name else 'follower'}")


async def psql(process: Process) -> int:
    statement = _option(process, "-c")
    if statement is None:
        return await process.fail("interactive sessions are not simulated; use -c 'select 1'", 2)
    words = statement.lower().rstrip("; ").split()
    if words == ["select", "1"]:
        return await process.say(" ?column? ", "----------", "        1", "(1 row)", "")
    if "pg_is_in_recovery()" in statement.lower():
        answer = "f" if _own_ordinal(process) == 0 else "t"
        return await process.say(" pg_is_in_recovery ", "-------------------", f" {answer}", "(1 row)", "")
    if "version()" in statement.lower():
        tag = process.container.tag
        return await process.say(f" PostgreSQL {tag} on x86_64-pc-linux-gnu", "(1 row)", "")
    if "pg_stat_replication" in statement.lower():
        rows = [f" {_name(pod):<18} | streaming | 0/5000148" for pod in _peers(process)[1:]]
        title = (" application_name   |   state   | sent_lsn", "--------------------+-----------+----------")
        return await process.say(*title, *rows, f"({len(rows)} rows)", "")
    await process.stderr.write(f'ERROR:  syntax error at or near "{words[0] if words else ""}"\n'.encode())
    return 1


async def pg_isready(process: Process) -> int:
    return await process.say("/var/run/postgresql:5432 - accepting connections")


async def redis_cli(process: Process) -> int:
    words = [one.lower() for one in process.args if not one.startswith("-")]
    peers = _peers(process)
    replica = _own_ordinal(process) != 0
    match words[:1]:
        case ["ping"]:
            return await process.say("PONG")
        case ["info"]:
            role = "slave" if replica else "master"
            replication = ["# Replication", f"role:{role}"]
            if replica:
                replication += [
                    f"master_host:{process.container.peers()[0]['metadata']['name']}",
                    "master_link_status:up",
                ]
            else:
                replication.append(f"connected_slaves:{max(0, len(peers) - 1)}")
            server = ["# Server", f"redis_version:{process.container.tag}", "redis_mode:standalone", ""]
            return await process.say(*([] if words[1:2] == ["replication"] else server), *replication)
        case ["dbsize"]:
            return await process.say("(integer) 48213")
        case []:
            return await process.fail("interactive sessions are not simulated; give a command", 2)
    return await process.say(f"ERR unknown command '{words[0]}'")


async def rabbitmqctl(process: Process) -> int:
    """`rabbitmqctl` and `rabbitmq-diagnostics`."""
    command = next((one for one in process.args if not one.startswith("-")), "")
    node = f"rabbit@{process.container.fqdn}"
    if command in ("cluster_status", "status"):
        lines = [f"Cluster status of node {node} ...", "Basics", "", f"Cluster name: {node}", "", "Running Nodes", ""]
        return await process.say(*lines, *(f"rabbit@{_name(pod)}" for pod in _peers(process)))
    if command == "list_queues":
        lines = ["Timeout: 60.0 seconds ...", "Listing queues for vhost / ...", "name\tmessages"]
        return await process.say(*lines, "invoices\t0", "orders\t214", "shipments\t3")
    if command in ("ping", "check_running"):
        return await process.say(f"Will ping {node}. This only checks if the OS process is running", "Ping succeeded")
    return await _usage(process, "cluster_status | list_queues | ping", 64)


async def nodetool(process: Process) -> int:
    command = process.args[:1]
    if command == ["status"]:
        lines = [
            "Datacenter: datacenter1",
            "=======================",
            "Status=Up/Down",
            "|/ State=Normal/Leaving/Joining/Moving",
        ]
        lines.append(f"--  {'Address':<16}{'Load':<12}{'Tokens':<8}Rack")
        lines += [
            f"{'U' if is_ready(pod) else 'D'}N  {_address(pod):<16}{'212.4 GiB':<12}{16:<8}rack1"
            for pod in process.container.peers()
        ]
        return await process.say(*lines)
    if command == ["info"]:
        return await process.say("Gossip active          : true", "Native Transport active: true", "Load : 212.4 GiB")
    return await _usage(process, "status | info")


async def etcdctl(process: Process) -> int:
    words = [one for one in process.args if not one.startswith("-")]
    peers = process.container.peers() if "--cluster" in process.args else [process.container.pod]
    table = "table" in "".join(process.args)
    if words[:2] == ["endpoint", "health"]:
        down = [pod for pod in peers if not is_ready(pod)]
        for pod in peers:
            url = f"http://{_name(pod)}:2379" if "--cluster" in process.args else "127.0.0.1:2379"
            if pod in down:
                await process.stderr.write(
                    f"{url} is unhealthy: failed to commit proposal: context deadline exceeded\n".encode()
                )
            else:
                await process.say(f"{url} is healthy: successfully committed proposal: took = 2.104931ms")
        return 1 if down else 0
    if words[:2] == ["member", "list"]:
        rows = [
            (f"{0x8E9E05C52164694D + number:x}", "started", _name(pod))
            for number, pod in enumerate(process.container.peers())
        ]
        if table:
            return await process.say(*(f"| {ident} | {state} | {name:<12} |" for ident, state, name in rows))
        return await process.say(
            *(f"{ident}, {state}, {name}, http://{name}:2380, http://{name}:2379, false" for ident, state, name in rows)
        )
    return await _usage(process, "endpoint health | member list")


async def curl(process: Process) -> int:
    """The health of an OpenSearch or Elasticsearch on this host."""
    url = next((one for one in process.args if not one.startswith("-")), "")
    if "9200" not in url:
        await process.stderr.write(b"curl: (7) Failed to connect: Connection refused\n")
        return 7
    peers, ready = process.container.peers(), _peers(process)
    health = "green" if len(peers) == len(ready) else "yellow"
    if "_cat/nodes" in url:
        return await process.say(*(f"{_address(pod)} 41 93 3 0.42 0.38 0.35 dimr - {_name(pod)}" for pod in ready))
    return await process.say(f'{{"cluster_name":"search","status":"{health}","number_of_nodes":{len(ready)}}}')


async def vault(process: Process) -> int:
    if process.args[:1] != ["status"]:
        return await _usage(process, "status")
    active = "active" if _own_ordinal(process) == 0 else "standby"
    await process.say(
        "Key             Value", "---             -----", "Seal Type       shamir", "Initialized     true"
    )
    return await process.say("Sealed          false", "HA Enabled      true", f"HA Mode         {active}")


async def mongosh(process: Process) -> int:
    statement = _option(process, "--eval") or ""
    if "rs.status" in statement:
        return await process.say(
            *(
                f"{_name(pod)}: {'PRIMARY' if number == 0 else 'SECONDARY'}"
                for number, pod in enumerate(_peers(process))
            )
        )
    if "ping" in statement:
        return await process.say("{ ok: 1 }")
    return await process.fail("interactive sessions are not simulated; use --eval 'rs.status()'", 2)


def _server(starts: str) -> Program:
    """The image's own program, started a second time."""

    async def program(process: Process) -> int:
        if any(one in ("--version", "-v", "version") for one in process.args):
            return await process.say(f"{starts} {process.container.tag}")
        await asyncio.sleep(0)
        return await process.fail("listen tcp 0.0.0.0: bind: address already in use")

    return program


def _option(process: Process, name: str) -> str | None:
    """The value after an option."""
    if name in process.args[:-1]:
        return process.args[process.args.index(name) + 1]
    return None


async def _usage(process: Process, words: str, code: int = 1) -> int:
    return await process.fail(f"usage: {process.argv[0].rpartition('/')[2]} {words}", code)


_REDIS: dict[str, Program] = {"redis-cli": redis_cli, "valkey-cli": redis_cli}
_SEARCH: dict[str, Program] = {"curl": curl}
_KAFKA: dict[str, Program] = {
    f"{name}{ending}": program
    for name, program in (("kafka-consumer-groups", kafka_consumer_groups), ("kafka-topics", kafka_topics))
    for ending in ("", ".sh")
}

ADMIN: dict[str, dict[str, Program]] = {
    "kafka": _KAFKA,
    "zookeeper": {"zkServer.sh": zk_server},
    "postgres": {"psql": psql, "pg_isready": pg_isready},
    "redis": _REDIS,
    "valkey": _REDIS,
    "rabbitmq": {"rabbitmqctl": rabbitmqctl, "rabbitmq-diagnostics": rabbitmqctl},
    "cassandra": {"nodetool": nodetool},
    "etcd": {"etcdctl": etcdctl, "etcd": _server("etcd Version:")},
    "nats": {"nats-server": _server("nats-server: v")},
    "opensearch": _SEARCH,
    "elasticsearch": _SEARCH,
    "vault": {"vault": vault},
    "mongo": {"mongosh": mongosh},
}
"""The programs of an image, by its name."""
