"""Settings of a test: a data folder of its own and ports that are free now."""

import socket
from pathlib import Path

from ingest_api.settings import Settings


def make_settings(data_dir: Path, **values: object) -> Settings:
    """Make settings without a look at the environment's ``.env``."""
    port, dagster_port, standin_port = free_ports(3)
    ports = {"port": port, "dagster_port": dagster_port, "standin_port": standin_port}
    return Settings(_env_file=None, data_dir=data_dir, **{**ports, **values})  # type: ignore[call-arg, arg-type]


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on; all at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
