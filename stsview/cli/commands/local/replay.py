"""`stsview replay`: a recording in the dashboard, or as a report."""

from __future__ import annotations

import argparse

from stsview.cli.support.errors import fail
from stsview.live.errors import CannotStart
from stsview.live.replay.recording_target import RecordingTarget


def run(arguments: argparse.Namespace) -> int:
    """Open the dashboard or print the report; returns the exit code."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_namespaces, resolve_settings

    try:
        configuration = resolve_configuration(arguments)
        target = RecordingTarget(arguments.recording, arguments.at, resolve_namespaces(arguments) or ())
        settings = resolve_settings(arguments, configuration)
        if arguments.report:
            from stsview.cli.output.incident_report import print_report

            print_report(target, settings, arguments.report)
            return 0
    except CannotStart as error:
        return fail(str(error))
    from stsview.cli.support.open_dashboard import open_dashboard
    from stsview.config.reading import configuration_path

    return open_dashboard(
        target,
        theme=arguments.theme or configuration.theme or None,
        settings=settings,
        filters=configuration.filters,
        configuration=configuration,
        configuration_file=configuration_path(arguments.config),
        speed=arguments.speed,
    )
