"""`stsview demo`: a simulated cluster, with the dashboard on it or alone.

The dashboard's cluster runs in a process of its own, started before anything else is imported: both become ready at the
same time, and the load of the cluster never delays the screen.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from stsview.cli.support.demo.demo_process import CONTEXT, DemoProcess
from stsview.cli.support.errors import fail
from stsview.cli.support.terminal import NO_TERMINAL, is_terminal
from stsview.live.errors import CannotStart

DEMO_COMMANDS = {
    "mq/kafka": {
        "consumer groups": "kafka-consumer-groups --bootstrap-server {dns}:9092 --list",
        "under-replicated partitions": "kafka-topics --describe --under-replicated-partitions",
    },
    "*/zookeeper": {"mode": "zkServer.sh status"},
    "data/postgres": {"replication": "psql -c 'select * from pg_stat_replication'"},
    "cache/redis": {"replication": "redis-cli info replication"},
    "infra/etcd": {"health": "etcdctl endpoint health --cluster"},
}
"""Commands to run in pods, as a configuration would name them."""


def run(arguments: argparse.Namespace) -> int:
    """List, serve or open scenarios; returns the exit code."""
    if arguments.kubeconfig or arguments.context or arguments.contexts or arguments.config:
        return fail("the demo has its own cluster: omit --kubeconfig, --context and --config before 'demo'")
    if arguments.list:
        return _list()
    if arguments.serve:
        from stsview.cli.support.demo import demo_server

        return demo_server.run(arguments)
    if not is_terminal():
        # What is wrong with the arguments comes first: with a terminal the cluster's own process reports it.
        from stsview.cli.support.demo.demo_server import argument_error

        return fail(argument_error(arguments) or NO_TERMINAL)
    from stsview.cli.support.resolve import resolve_configuration

    try:
        configuration = resolve_configuration(arguments)
    except CannotStart as error:
        return fail(str(error))
    with tempfile.TemporaryDirectory(prefix="stsview-") as folder, DemoProcess(arguments, Path(folder)) as process:
        # The cluster takes longest to become ready: import everything else only after it has been started.
        from stsview.cli.support.demo.demo_target import DemoTarget
        from stsview.cli.support.open_dashboard import open_dashboard
        from stsview.cli.support.resolve import resolve_namespaces, resolve_rules, resolve_settings
        from stsview.config import Configuration
        from stsview.config.reading import configuration_path

        try:
            rules = resolve_rules(arguments, Configuration(), CONTEXT)
            target = DemoTarget(process, resolve_namespaces(arguments) or (), rules)
        except CannotStart as error:
            return fail(str(error))
        # All else in the configuration file is about the operator's own clusters.
        return open_dashboard(
            target,
            theme=arguments.theme or configuration.theme or None,
            settings=resolve_settings(arguments, Configuration()),
            filters=configuration.filters,
            named_commands={**DEMO_COMMANDS, **configuration.exec},
            configuration=configuration,
            configuration_file=configuration_path(None),
            clean_up=process.abandon,
            record=arguments.record,
        )


def _list() -> int:
    from stsview.simulator.scenarios import catalogue

    scenarios = catalogue()
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        print(f"{scenario.name:{width}}  {scenario.summary}")
    return 0
