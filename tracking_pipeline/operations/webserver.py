"""``python -m tracking_pipeline.operations.webserver``: ``dagster-webserver``, same options, behind ``guard.Guard``."""

from typing import Any

import dagster_webserver.app as dagster_app
from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from ingest_api.settings import load_settings
from tracking_pipeline.operations.guard import Guard


class GuardedWebserver(DagsterWebserver[Any, Any]):
    """Dagster's server with the guard before everything else."""

    def build_middleware(self) -> list[Middleware]:
        """Put the guard in front of Dagster's own middleware."""
        return [Middleware(Guard, names=load_settings().dagster_names), *super().build_middleware()]


if __name__ == "__main__":
    # The command line makes the app by this name; it has no option for another class.
    dagster_app.DagsterWebserver = GuardedWebserver  # type: ignore[attr-defined]
    main()  # type: ignore[no-untyped-call]
