"""Judging files before anything is sent: payloads and tracking plans, offline, with the line of every fault.

``check`` is the whole of it; the verb ``tracking ga4 lint`` prints what it returns. Imports nothing heavy.
"""

from tracking_pipeline.lint.check import check
from tracking_pipeline.lint.problem import Problem

__all__ = ["Problem", "check"]
