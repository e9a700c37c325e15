"""Combinations of options of which one would be ignored: each is refused in one line, so that it is never relied on."""

from __future__ import annotations

import argparse
from datetime import timedelta

from stsview.cli.arguments.cluster_arguments import FROM_FILES, REPLAYED, names_several
from stsview.program_name import program_name

_OF_SCENARIOS = ("scenario", "speed", "seed", "sets", "replicas")

_OF_THE_CLUSTER = {
    "kubeconfig": "--kubeconfig",
    "context": "--context",
    "contexts": "--contexts",
    "as_user": "--as",
    "as_groups": "--as-group",
    "request_seconds": "--request-timeout",
    "namespace": "--namespace",
    "all_namespaces": "--all-namespaces",
}

_WITHOUT_CLUSTER = {
    "audit": "the log of this machine, of all clusters",
    "explain": "rules, and connects to no cluster",
    "completion": "a script, and connects to no cluster",
    "replay": "a recording, and connects to no cluster",
    "rights": "roles for any cluster, and connects to none",
}


def ignored(arguments: argparse.Namespace) -> str:
    """What is wrong with the options of any command; empty if nothing is."""
    command = arguments.command
    # Files must never be taken for the cluster that a command would change.
    if arguments.from_files and command == "logs":
        return "--from is only for the dashboard, check, status, nodes, drain and history: files have no logs"
    if arguments.from_files and command not in FROM_FILES:
        return (
            "--from is only for the dashboard, check, status, nodes, drain and history: nothing can be changed in files"
        )
    if arguments.replay and command not in REPLAYED:
        where = f"see {program_name()} replay --help"
        return f"--replay is only for the dashboard, check, status, nodes and drain: {where}"
    if problem := _of_files(arguments):
        return problem
    if arguments.theme is not None and command not in ("dashboard", "demo", "replay", "config"):
        return "--theme is only for the dashboard"
    if arguments.record and (command not in ("dashboard", "demo") or arguments.from_files or arguments.replay):
        return "--record is only for the dashboard on a cluster"
    if arguments.record and names_several(arguments):
        return "--record is of one cluster: name one with --context"
    if arguments.record and command == "demo" and (arguments.serve or arguments.list):
        return "--record is only for the dashboard: omit it, or --serve and --list"
    if command in _WITHOUT_CLUSTER:
        kept = ("namespace",) if command in ("replay", "rights") else ()
        given = [flag for name, flag in _OF_THE_CLUSTER.items() if getattr(arguments, name) and name not in kept]
        return f"{command} shows {_WITHOUT_CLUSTER[command]}: omit {' and '.join(given)}" if given else ""
    return _of_demo(arguments) if command == "demo" else ""


def _of_files(arguments: argparse.Namespace) -> str:
    if arguments.from_files and arguments.replay:
        return "--from and --replay exclude each other"
    if arguments.at is not None and not (arguments.from_files or arguments.replay or arguments.command == "replay"):
        return "--at is only for --from and --replay"
    if arguments.from_files and isinstance(arguments.at, timedelta):
        return "--at must be an RFC 3339 time with --from, as in 2026-11-20T18:22:07Z"
    if (arguments.from_files or arguments.replay) and getattr(arguments, "settle", None) is not None:
        return "--settle is only for a cluster: no time passes in files"
    return ""


def _of_demo(demo: argparse.Namespace) -> str:
    shaping = [f"--{name}" for name in _OF_SCENARIOS if getattr(demo, name) is not None]
    if demo.list:
        more = [*shaping, *_given(demo, serve="--serve", objects="--objects", kubeconfig_out="--kubeconfig")]
        return f"--list only lists the scenarios: omit {' and '.join(more)}" if more else ""
    if demo.kubeconfig_out and not demo.serve:
        return "--kubeconfig is only for demo --serve: the dashboard of the demo writes none"
    if demo.objects and shaping:
        return f"{' and '.join(shaping)} {'is' if len(shaping) == 1 else 'are'} only for scenarios, not for --objects"
    if (demo.sets is not None or demo.replicas is not None) and demo.scenario != "fleet":
        return "--sets and --replicas are only for --scenario fleet"
    if demo.serve:
        more = _given(
            demo, theme="--theme", read_only="--read-only", namespace="--namespace", all_namespaces="--all-namespaces"
        )
        return f"demo --serve opens no dashboard: omit {' and '.join(more)}" if more else ""
    return ""


def _given(arguments: argparse.Namespace, **flags: str) -> list[str]:
    return [flag for name, flag in flags.items() if getattr(arguments, name)]
