"""``tracking run PART``: one part in the foreground, for service managers and containers."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from ingest_api.landing import Landing
from ingest_api.settings import Settings, load_settings
from tracking_pipeline.cli.up import prepare
from tracking_pipeline.operations import checks, dagster_home, parts, supervisor


class PartName(StrEnum):
    """The parts that can be run alone."""

    COLLECTOR = "collector"
    PUBLISHER = "publisher"
    DAGSTER = "dagster"
    STANDIN = "standin"


def run(part: Annotated[PartName, typer.Argument(help="Which part.")]) -> None:
    """Run one part in the foreground; SIGTERM or Ctrl-C stops it. `dagster` is code server, daemon and webserver."""
    settings = load_settings()
    parts.share_environment(settings)
    checks.check_data_dir(settings)
    if part is PartName.DAGSTER:
        run_dagster(settings)
        return
    ports = [port for port in checks.ports_of(settings) if port.part == _LISTENS.get(part)]
    checks.check_ports(settings, ports)
    Landing(settings.landing_dir).make()
    chosen = {
        PartName.COLLECTOR: parts.collector(settings),
        PartName.PUBLISHER: parts.publisher(),
        PartName.STANDIN: parts.standin(settings),
    }[part]
    os.execv(chosen.command[0], chosen.command)


def run_dagster(settings: Settings) -> None:
    """Run Dagster's three processes under a supervisor of their own; the lake is made first."""
    with checks.only_one(settings):
        ports = [port for port in checks.ports_of(settings) if port.part == "the Dagster UI"]
        checks.check_ports(settings, ports)
        prepare(settings)
        if not dagster_home.is_ready(settings):
            dagster_home.prepare(settings)
        supervisor.run(supervisor.write_config(settings, parts.dagster_parts(settings), home_is_ready=True))


_LISTENS = {PartName.COLLECTOR: "the collector", PartName.STANDIN: "the GA4 stand-in"}
