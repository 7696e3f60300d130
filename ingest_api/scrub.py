"""URLs, titles and referrers without what tells a person, before anything is stored.

The JSON columns hold the sender's own text, so a value is masked in that text, and every other character of it, each
digit included, stays as it was. Places: ``url``, ``path``, ``referrer``, ``search``, ``title`` … of ``properties``,
``traits`` and ``context``, and of the object ``page`` in each; addresses under ``ip`` are cut. Pure functions; none
raises, and scrubbing again changes nothing.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from ingest_api.jsontext import UNREADABLE
from ingest_api.masking import MASK, mask, mask_public, mask_url
from ingest_api.param_names import param_rule
from ingest_api.privacy import IpMode, cut_ip

URL_KEYS = frozenset(
    {
        *("url", "path", "referrer", "search", "href", "location"),
        *("page_url", "page_path", "page_location", "page_referrer", "pageUrl", "pagePath", "pageReferrer"),
        *("current_url", "initial_referrer", "initial_url", "param_url", "param_page_url", "param_pageload_url"),
    }
)
TITLE_KEYS = frozenset({"title", "page_title", "pageTitle"})
KEYS = URL_KEYS | TITLE_KEYS
PARTS = ("properties", "context", "traits")
ID_KEYS = frozenset({"anonymousId", "userId", "groupId", "previousId", "clientId"})
MAX_CACHED_CHARS = 1024

# With these of a context no visitor is told: all that is kept of it without consent.
ANONYMOUS_CONTEXT = frozenset(
    {"page", "consent", "consentManagement", "library", "locale", "timezone", "userAgent", "campaign", "screen", "app"}
)

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},:]', re.DOTALL)
_KEYED_IP = re.compile(r'("ip"\s*:\s*)"([0-9A-Fa-f.:%]{2,60})"')
_KEYED_TEXT = re.compile(rf'("({"|".join(sorted(KEYS))})"\s*:\s*)("(?:[^"\\]|\\.)*+(?:"|\\?\Z))', re.DOTALL)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
Rewrite = Callable[[list[str], str], str]


def masked(key: str, text: str) -> str:
    """Return the value of one of ``KEYS`` without what tells a person."""
    mask_it = _mask_title if key in TITLE_KEYS else _mask_url
    return mask_it(text) if len(text) <= MAX_CACHED_CHARS else mask_it.__wrapped__(text)


def needs_scrubbing(part: object) -> bool:
    """Tell whether anything in ``properties``, ``context`` or ``traits`` would be masked."""
    if not isinstance(part, dict):
        return False
    page = part.get("page")
    return _has_personal(part) or (isinstance(page, dict) and _has_personal(page))


def scrubbed_json(text: str) -> tuple[str, int]:
    """Mask the places of one part's JSON text; return it and in how many values something was masked."""
    return _rewritten(text, lambda path, value: masked(path[-1], value) if _is_place(path) else value)


def needs_cutting(part: object, mode: IpMode) -> bool:
    """Tell whether a client address in ``properties``, ``context`` or ``traits`` would be cut."""
    ip = part.get("ip") if isinstance(part, dict) else None
    return isinstance(ip, str) and cut_ip(ip, mode) != ip


def cut_json(text: str, mode: IpMode) -> str:
    """Cut the address under ``ip`` in one part's JSON text."""
    return _rewritten(text, lambda path, value: cut_ip(value, mode) if path == ["ip"] else value)[0]


def anonymous(part: str, text: str | None) -> str | None:
    """Return what is stored of one of ``PARTS`` of an event without consent.

    No traits; of the context what tells no visitor; every text masked, by its parameter's name or else by its shape.
    """
    if text is None or part == "traits":
        return None
    return _rewritten(_only(text, ANONYMOUS_CONTEXT) if part == "context" else text, _anonymous_value)[0]


def scrubbed_original(text: str, mode: IpMode = "truncated") -> tuple[str, int]:
    """Mask and cut the same keys in the text of a refused event, whatever it is; what is no JSON, as one text."""
    count = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        value = _decoded(match[3])
        new = masked(match[2], value) if value is not None else MASK
        count += new != value
        return match[0] if new == value else match[1] + json.dumps(new, ensure_ascii=False)

    if text.lstrip()[:1] in ("{", "["):
        scrubbed = _KEYED_TEXT.sub(replaced, text)
        return _KEYED_IP.sub(lambda match: f'{match[1]}"{cut_ip(match[2], mode)}"', scrubbed), count
    whole = mask(text, len(text))
    return whole, int(whole != text)


def anonymous_original(original: bytes) -> tuple[str | None, int]:
    """Return a refused event's text without what says whose it is, and 1 (masked); None where it is no JSON object.

    Ids are masked and not left out: judged again, the event still has one, and gets one that changes daily.
    """
    try:
        members = _members.decode(original)
        kept = (f"{json.dumps(name)}:{_anonymous_member(name, raw)}" for name, raw in members.items())
        return "{" + ",".join(kept) + "}", 1
    except UNREADABLE:
        return None, 0


def _anonymous_member(name: str, raw: msgspec.Raw) -> str:
    if name in ID_KEYS:
        return json.dumps(MASK)
    text = bytes(raw).decode()
    part = name if name in PARTS else "properties"
    return anonymous(part, text) or "null" if text[:1] in ("{", "[") else text


@lru_cache(maxsize=2048)
def _mask_title(text: str) -> str:
    return mask(text, len(text))


@lru_cache(maxsize=8192)
def _mask_url(text: str) -> str:
    return mask_url(text, len(text))


def _has_personal(part: dict[str, Any]) -> bool:
    if KEYS.isdisjoint(part):
        return False
    for key, value in part.items():  # noqa: SIM110 (a generator costs 1 us more, for every event)
        if key in KEYS and isinstance(value, str) and masked(key, value) != value:
            return True
    return False


def _is_place(path: list[str]) -> bool:
    return path[-1] in KEYS and (len(path) == 1 or (len(path) == 2 and path[0] == "page"))


def _only(text: str, names: frozenset[str]) -> str:
    """Return a JSON object's text with the named members only, each as it was sent."""
    members = _members.decode(text)
    kept = (f"{json.dumps(name)}:{bytes(raw).decode()}" for name, raw in members.items() if name in names)
    return "{" + ",".join(kept) + "}"


def _anonymous_value(path: list[str], value: str) -> str:
    key = next((key for key in reversed(path) if key), "")
    rule = param_rule(key)
    if rule == "drop":
        return MASK if value else value
    return (
        mask_public(value) if rule == "public" else masked(key, value) if key in URL_KEYS else mask(value, len(value))
    )


def _rewritten(text: str, rewrite: Rewrite) -> tuple[str, int]:
    """Give each string value, with the keys that lead to it, to ``rewrite``; put back only what it changes."""
    pieces: list[str] = []
    path: list[str] = []
    end = count = 0
    is_key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            path.append("")
            is_key = token == "{"
        elif token in "}]":
            path.pop()
            is_key = False
        elif token == ",":
            is_key = bool(path) and path[-1] != ""
        elif is_key and token != ":":
            path[-1] = _decoded(token) or "\0"
            is_key = False
        elif token != ":" and path:
            value = _decoded(token) or ""
            new = rewrite(path, value)
            if new != value:
                pieces += [text[end : match.start()], json.dumps(new, ensure_ascii=False)]
                end = match.end()
                count += 1
    return "".join([*pieces, text[end:]]), count


def _decoded(token: str) -> str | None:
    try:
        value: str = json.loads(token, strict=False)
    except ValueError:
        return None
    return value
