"""A fresh lake per test."""

from tests.tracking_pipeline.lake.conftest import store

__all__ = ["store"]
