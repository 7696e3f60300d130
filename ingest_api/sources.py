"""Sources: whose events they are, and what holds for them. From ``TRACKING_SOURCES_FILE`` and ``TRACKING_WRITE_KEYS``.

The file is TOML, one table a source; docs/sources.md has all of its keys. Errors name file, table and key,
never a value: write keys are in there.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ingest_api.limits import Rate, parse_rate
from ingest_api.origins import Origins, parse_origins

MAX_NAME_CHARS = 64
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*")


@dataclass(frozen=True, slots=True)
class Ga4Stream:
    """A GA4 web stream of a source's own; the secret is read from the variable that the file names."""

    measurement_id: str
    api_secret_env: str
    api_secret: str = field(repr=False)
    endpoint: str = ""  # empty: the global one
    debug: bool | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One source, every default filled in. ``None`` of a rate is off, of ``consent`` and ``ga4`` the global setting."""

    name: str
    keys: tuple[str, ...] = field(repr=False)
    origins: Origins
    rate_limit: Rate | None = None  # of one client address
    key_rate_limit: Rate | None = None  # of all clients together
    strict: bool = False  # events off the catalogue's plan are refused
    catalogue_only: bool = False  # what the catalogue does not know is not forwarded
    consent: Literal["off", "required"] | None = None
    cookie_domain: str = ""
    ga4: Ga4Stream | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for a source that does not say otherwise: the global settings."""

    origins: Origins
    rate_limit: Rate | None = None
    key_rate_limit: Rate | None = None
    cookie_domain: str = ""


def parse_keys(text: str) -> dict[str, str]:
    """Read ``key`` or ``source:key``, separated by commas: write key → source name, in order."""
    pairs = (item.strip().rpartition(":") for item in text.split(",") if item.strip())
    return {key: name or "default" for name, _, key in pairs if key}


def sources_of_keys(keys: Mapping[str, str], defaults: Defaults) -> dict[str, Source]:
    """Make plain sources, all settings global: source name → source, in the order of their keys."""
    names = dict.fromkeys(keys.values())
    return {name: _source(name, _Table(), _keys_of(name, keys), defaults, {}) for name in names}


def load_sources(
    path: Path, keys: Mapping[str, str], defaults: Defaults, environ: Mapping[str, str]
) -> dict[str, Source]:
    """Read the file; ``keys`` (TRACKING_WRITE_KEYS) join the source of their name, or make a plain one.

    Raises ValueError, one line a mistake.
    """
    tables = _tables(path)
    plain = {name: _Table() for name in keys.values() if name not in tables}
    made: dict[str, Source] = {}
    for name, table in (tables | plain).items():
        own = tuple(dict.fromkeys((*table.keys, *_keys_of(name, keys))))
        if not own:
            cure = f"set `keys`, or `{name}:KEY` in TRACKING_WRITE_KEYS"
            raise ValueError(f"{path}: [sources.{name}] has no write key: {cure}")
        try:
            made[name] = _source(name, table, own, defaults, environ)
        except ValueError as error:
            raise ValueError(f"{path}: [sources.{name}] {error}") from None
    _refuse_shared_keys(path, made)
    return made


def by_key(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Index sources by their write keys."""
    return {key: source for source in sources.values() for key in source.keys}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _key(value: str) -> str:
    if not value or value != value.strip() or len(value) > 256 or not value.isprintable() or set(value) & set(",:"):
        raise ValueError("a write key has 1 to 256 characters, no comma, no colon and no space around it")
    return value


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    def check(value: str) -> str:
        parse(value)
        return value

    return AfterValidator(check)


class _Ga4Table(_Strict):
    measurement_id: str = Field(pattern=r"^G-[A-Z0-9]+$")
    api_secret_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    endpoint: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?)?$")
    debug: bool | None = None


class _Table(_Strict):
    keys: list[Annotated[str, AfterValidator(_key)]] = Field(default_factory=list)
    allowed_origins: list[str] | None = None
    rate_limit: Annotated[str, _checked(parse_rate)] | None = None
    key_rate_limit: Annotated[str, _checked(parse_rate)] | None = None
    strict: bool = False
    catalogue_only: bool = False
    consent: Literal["off", "required"] | None = None
    cookie_domain: str | None = None
    ga4: _Ga4Table | None = None


class _File(_Strict):
    sources: dict[str, _Table] = Field(min_length=1)


def _tables(path: Path) -> dict[str, _Table]:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is no TOML: {_place(error)}") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is no TOML: it is not UTF-8, or holds what no number or table can be") from None
    try:
        tables = _File.model_validate(plain).sources
    except ValidationError as error:
        lines = (_explain(tuple(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors(include_input=False))
        raise ValueError("\n".join(f"{path}: {line}" for line in lines)) from None
    for name in tables:
        if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
            cure = f"use letters, digits, `_`, `-`, `.` and spaces, up to {MAX_NAME_CHARS}"
            raise ValueError(f"{path}: [sources.{name[:80]!r}] is no name of a source: {cure}")
    return tables


def _place(error: tomllib.TOMLDecodeError) -> str:
    """Keep the place and drop the rest: a message may quote what stands there."""
    found = re.search(r"\((?:at .*)\)$", str(error))
    return f"look {found[0][1:-1]}" if found else "it cannot be read"


def _explain(location: tuple[str, ...], kind: str, message: str) -> str:
    """Name table and key; for a key that is unknown also the nearest one that is known."""
    depth = 3 if location[2:3] == ("ga4",) else 2
    table, key = ".".join(location[:depth]), ".".join(location[depth:])
    if kind == "extra_forbidden":
        table, key = ".".join(location[:-1]), location[-1]
        return f"[{table}] {key[:80]}: {_unknown(key, location[:-1])}" if table else f"{key[:80]}: {_unknown(key, ())}"
    text = message.removeprefix("Value error, ")
    return f"[{table}] {key}: {text}" if key else f"[{table}] {text}"


def _unknown(key: str, table: tuple[str, ...]) -> str:
    model: type[BaseModel] = _Ga4Table if table[2:] == ("ga4",) else _Table if table else _File
    known = list(model.model_fields)
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    meant = f"did you mean `{near[0]}`? " if near else ""
    return f"is not known; {meant}There are: {', '.join(known)}"


def _keys_of(name: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(key for key, of in keys.items() if of == name)


def _source(name: str, table: _Table, keys: tuple[str, ...], defaults: Defaults, environ: Mapping[str, str]) -> Source:
    """Fill in the defaults. Raises ValueError naming the key."""
    try:
        origins = defaults.origins if table.allowed_origins is None else parse_origins(table.allowed_origins)
    except ValueError as error:
        raise ValueError(f"allowed_origins: {error}") from None
    limit, key_limit = table.rate_limit, table.key_rate_limit
    return Source(
        name=name,
        keys=keys,
        origins=origins,
        rate_limit=defaults.rate_limit if limit is None else parse_rate(limit),
        key_rate_limit=defaults.key_rate_limit if key_limit is None else parse_rate(key_limit),
        strict=table.strict,
        catalogue_only=table.catalogue_only,
        consent=table.consent,
        cookie_domain=defaults.cookie_domain if table.cookie_domain is None else table.cookie_domain,
        ga4=_ga4(table.ga4, environ) if table.ga4 else None,
    )


def _ga4(table: _Ga4Table, environ: Mapping[str, str]) -> Ga4Stream:
    secret = environ.get(table.api_secret_env, "")
    if not secret:
        raise ValueError(f"ga4.api_secret_env: the variable {table.api_secret_env} is not set")
    return Ga4Stream(table.measurement_id, table.api_secret_env, secret, table.endpoint, table.debug)


def _refuse_shared_keys(path: Path, sources: Mapping[str, Source]) -> None:
    owner: dict[str, str] = {}
    for source in sources.values():
        for key in source.keys:
            if owner.setdefault(key, source.name) != source.name:
                raise ValueError(f"{path}: [sources.{source.name}] has a write key of [sources.{owner[key]}] too")
