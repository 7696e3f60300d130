"""``python -m tracking_pipeline.operations.make_lake``: a process of its own, so that the supervisor's stays small."""

from ingest_api.settings import load_settings
from tracking_pipeline.lake.schema import make_lake

if __name__ == "__main__":
    make_lake(load_settings())
