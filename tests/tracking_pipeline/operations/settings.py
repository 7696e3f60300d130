"""Settings of a test: a data folder of its own and ports that are free now."""

from pathlib import Path

from ingest_api.settings import Settings
from tests.ports import free_port


def make_settings(data_dir: Path, **values: object) -> Settings:
    """Make settings without a look at the environment's ``.env``."""
    port, dagster_port, standin_port = (free_port() for _ in range(3))
    ports = {"port": port, "dagster_port": dagster_port, "standin_port": standin_port}
    return Settings(_env_file=None, data_dir=data_dir, **{**ports, **values})  # type: ignore[call-arg, arg-type]
