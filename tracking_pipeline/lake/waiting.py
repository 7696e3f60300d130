"""What is published and not loaded yet."""

from collections.abc import Iterator
from pathlib import Path

from ingest_api.landing import Landing, PartFile
from ingest_api.settings import Settings
from tracking_pipeline.lake.attach import Connection


def waiting_files(settings: Settings, connection: Connection) -> Iterator[tuple[PartFile, Path]]:
    """Yield part files that are not in ``loaded_files``, newest hour first, with where they can be read."""
    landing = Landing(settings.landing_dir)
    loaded = {path for (path,) in connection.execute("select path from loaded_files").fetchall()}
    for hour in sorted(landing.hours(), reverse=True):
        for file in landing.files(hour):
            if file.path not in loaded:
                yield file, landing.absolute(file.path)
