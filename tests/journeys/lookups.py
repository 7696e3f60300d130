"""What a person looks at: the lake by SQL, the stand-in's list."""

import json
import urllib.request
from typing import Any

from tests.tracking_pipeline.operations.stack import Stack, run


def query(stack: Stack, sql: str) -> list[dict[str, Any]]:
    """Run ``tracking sql --json``."""
    done = run(stack, "sql", "--json", sql)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def count(stack: Stack, table: str, where: str = "true") -> int:
    """Count rows of a table."""
    return int(query(stack, f"select count(*) as n from {table} where {where}")[0]["n"])


def arrived(stack: Stack) -> list[dict[str, Any]]:
    """Return what the stand-in stored."""
    with urllib.request.urlopen(f"{stack.settings.standin_url}/events.json", timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def status(stack: Stack) -> dict[str, Any]:
    """Run ``tracking status --json``."""
    found: dict[str, Any] = json.loads(run(stack, "status", "--json").stdout)
    return found
