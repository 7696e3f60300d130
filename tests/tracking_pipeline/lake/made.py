"""A new lake without the work of making one: a copy of the first that this process made."""

import atexit
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from ingest_api.settings import Settings
from tracking_pipeline.lake.schema import make_lake

CATALOG = "lake/catalog.sqlite"


def copied_lake(settings: Settings) -> None:
    """Give the settings the lake that ``make_lake`` makes; its catalog names its own folder."""
    (settings.lake_dir / "data").mkdir(parents=True)
    with sqlite3.connect(_made_once() / CATALOG) as made, sqlite3.connect(settings.data_dir / CATALOG) as copy:
        made.backup(copy)
        path = f"{settings.lake_dir / 'data'}/"
        copy.execute("update ducklake_view set sql = replace(sql, ?, ?)", [str(_made_once()), str(settings.data_dir)])
        copy.execute("update ducklake_metadata set value = ? where key = 'data_path'", [path])
    made.close()
    copy.close()


@cache
def _made_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lake-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_lake(Settings(_env_file=None, data_dir=folder))
    return folder
