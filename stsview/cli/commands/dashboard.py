"""`stsview`: the dashboard on a cluster of the kubeconfig."""

from __future__ import annotations

import argparse

from stsview.cli.support.errors import fail
from stsview.cli.support.open_dashboard import open_dashboard
from stsview.config.reading import configuration_path
from stsview.live.errors import CannotStart


def run(arguments: argparse.Namespace) -> int:
    """Open the dashboard and return the exit code of the program."""
    from stsview.cli.support.resolve import resolve_clusters, resolve_configuration, resolve_settings

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_clusters(arguments, configuration)
    except CannotStart as error:
        return fail(str(error))
    settings = resolve_settings(arguments, configuration)
    theme = arguments.theme or configuration.theme or None
    return open_dashboard(
        target,
        theme=theme,
        settings=settings,
        filters=configuration.filters,
        named_commands=configuration.exec,
        background_usage=configuration.usage.background,
        record=arguments.record,
        configuration=configuration,
        configuration_file=configuration_path(arguments.config),
    )
