"""One file per client family, each with a ``DIALECT``. To add a family, add a file: nothing else names it.

A dialect says which paths its clients use and takes a body apart into Segment calls (text, so that no digit is
lost). Those are judged by one set of rules, stored and answered by one way: ``posts.py``.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest_api.settings import Settings


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body taken apart: each event as the JSON text of a Segment call, and what surrounds them.

    ``call_type`` is the path's; empty where each event says its own. ``originals`` is what the client sent, event
    by event, where ``events`` was rewritten from it.
    """

    events: Sequence[bytes]
    call_type: str = ""
    write_key: str | None = None
    sent_at: str | None = None
    originals: Sequence[bytes] | None = None


# Takes a plain body apart; raises Refusal("unreadable_body") or Refusal("too_large") where it cannot.
Parse = Callable[[bytes], Parsed]
# (environ, settings, what the path's <variables> hold) → the JSON to answer. Raises Refusal; an unknown key is a 404.
Get = Callable[[dict[str, Any], Settings, Mapping[str, str]], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A client family. ``posts`` are whole paths, ``gets`` Flask's rules; ``needs_key`` without one is a 401."""

    name: str
    posts: Mapping[str, Parse]
    gets: Mapping[str, Get] = field(default_factory=dict)
    needs_key: bool = True


def all_dialects() -> list[Dialect]:
    """Import every file of this folder and return their dialects, by file name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}").DIALECT for name in names]
