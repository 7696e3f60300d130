"""The sources file: what it says holds, and each mistake in it is named with file, table and key, never a secret."""

import tempfile
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.limits import Rate
from ingest_api.origins import Origins
from ingest_api.settings import SettingsError, load_settings
from ingest_api.sources import Defaults, Ga4Stream, _Ga4Table, _Table, load_sources
from tests.docs.pages import DOCS, fences, first_spans, table

FILE = """
[sources.web]
keys = ["key-web-old", "key-web-new"]
allowed_origins = ["https://app.example", "https://*.example.com"]
strict = true
catalogue_only = true
consent = "required"
rate_limit = "50/s"
key_rate_limit = "off"
cookie_domain = "example.com"

[sources.web.ga4]
measurement_id = "G-WEB1"
api_secret_env = "SECRET_OF_WEB"

[sources.backend]
keys = ["key-backend"]
rate_limit = "off"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sources file that the settings read."""
    path = tmp_path / "sources.toml"
    path.write_text(FILE)
    monkeypatch.setenv("TRACKING_SOURCES_FILE", str(path))
    monkeypatch.setenv("SECRET_OF_WEB", "secret-value")
    return path


@pytest.mark.usefixtures("file")
def test_every_key_of_the_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_RATE_LIMIT", "10/s")
    monkeypatch.setenv("TRACKING_KEY_RATE_LIMIT", "6000/m")

    settings = load_settings()

    web, backend = settings.sources.values()
    assert (web.name, web.strict, web.catalogue_only, web.consent) == ("web", True, True, "required")
    assert (web.rate_limit, web.key_rate_limit, web.cookie_domain) == (Rate(50, 1), None, "example.com")
    assert web.ga4 == Ga4Stream("G-WEB1", "SECRET_OF_WEB", "secret-value")
    assert (backend.name, backend.strict, backend.catalogue_only, backend.consent) == ("backend", False, False, None)
    assert (backend.rate_limit, backend.key_rate_limit, backend.ga4) == (None, Rate(6000, 60), None)
    assert settings.source_by_key == {"key-web-old": web, "key-web-new": web, "key-backend": backend}


@pytest.mark.usefixtures("file")
def test_keys_and_secrets_stay_out_of_the_repr() -> None:
    shown = repr(load_settings().sources)

    assert "key-" not in shown
    assert "secret-value" not in shown


@pytest.mark.usefixtures("file")
def test_write_keys_of_the_environment_join_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_WRITE_KEYS", "web:key-web-env,other:key-other")

    sources = load_settings().sources

    assert list(sources) == ["web", "backend", "other"]
    assert sources["web"].keys == ("key-web-old", "key-web-new", "key-web-env")
    assert sources["web"].strict
    assert (sources["other"].keys, sources["other"].strict) == (("key-other",), False)


@pytest.mark.usefixtures("file")
def test_demo_key_is_unknown_with_a_file() -> None:
    assert "demo" not in load_settings().source_by_key


def test_secret_may_stand_in_the_env_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_OF_WEB")
    (file.parent / ".env").write_text("SECRET_OF_WEB=secret-of-env-file\n")

    ga4 = load_settings().sources["web"].ga4

    assert ga4 is not None
    assert ga4.api_secret == "secret-of-env-file"


MISTAKES: dict[str, tuple[str, str]] = {
    "no_toml": ("[sources.web", "is no TOML: look at end of document"),
    "value_without_quotes": ("[sources.web]\nkeys = [key-secret]\n", "is no TOML: look at line 2, column 9"),
    "no_sources": ("", "[sources] Field required"),
    "empty": ("[sources]\n", "[sources] Dictionary should have at least 1 item"),
    "unknown_on_top": ('[source.web]\nkeys = ["key-secret"]\n', "source: is not known; did you mean `sources`?"),
    "unknown_key": (
        '[sources.web]\nkeys = ["key-secret"]\nallowed_origin = []\n',
        "[sources.web] allowed_origin: is not known; did you mean `allowed_origins`?",
    ),
    "unknown_and_far": ('[sources.web]\nkeys = ["k"]\nxyz = 1\n', "[sources.web] xyz: is not known; There are: keys,"),
    "unknown_in_ga4": (
        '[sources.web]\nkeys = ["k"]\n[sources.web.ga4]\nmeasurement_id = "G-1"\napi_secret = "key-secret"\n',
        "[sources.web.ga4] api_secret: is not known; did you mean `api_secret_env`?",
    ),
    "secret_in_the_place_of_its_name": (
        '[sources.web]\nkeys = ["k"]\n[sources.web.ga4]\nmeasurement_id = "G-1"\napi_secret_env = "key-secret"\n',
        "[sources.web.ga4] api_secret_env: String should match pattern",
    ),
    "secret_not_set": (
        '[sources.web]\nkeys = ["k"]\n[sources.web.ga4]\nmeasurement_id = "G-1"\napi_secret_env = "NOT_SET"\n',
        "[sources.web] ga4.api_secret_env: the variable NOT_SET is not set",
    ),
    "bad_rate": ('[sources.web]\nkeys = ["k"]\nrate_limit = "key-secret"\n', "[sources.web] rate_limit: is no rate"),
    "rate_that_is_a_number": (
        '[sources.web]\nkeys = ["k"]\nrate_limit = 10\n',
        "[sources.web] rate_limit: Input should be",
    ),
    "bad_origin": (
        '[sources.web]\nkeys = ["k"]\nallowed_origins = ["a.example"]\n',
        "[sources.web] allowed_origins: 'a.example' is no origin",
    ),
    "bad_consent": (
        '[sources.web]\nkeys = ["k"]\nconsent = "key-secret"\n',
        "[sources.web] consent: Input should be 'off'",
    ),
    "strict_in_words": (
        '[sources.web]\nkeys = ["k"]\nstrict = "yes"\n',
        "[sources.web] strict: Input should be a valid boolean",
    ),
    "keys_no_list": ('[sources.web]\nkeys = "key-secret"\n', "[sources.web] keys: Input should be a valid list"),
    "key_with_a_colon": ('[sources.web]\nkeys = ["key-secret:x"]\n', "[sources.web] keys.0: a write key has"),
    "empty_key": ('[sources.web]\nkeys = [""]\n', "[sources.web] keys.0: a write key has"),
    "no_key": ("[sources.web]\nstrict = true\n", "[sources.web] has no write key"),
    "key_of_two": (
        '[sources.web]\nkeys = ["key-secret"]\n[sources.app]\nkeys = ["key-secret"]\n',
        "[sources.app] has a write key of [sources.web] too",
    ),
    "bad_name": ('[sources."a/b"]\nkeys = ["k"]\n', "[sources.'a/b'] is no name of a source"),
    "no_table": ('[sources]\nweb = "key-secret"\n', "[sources.web] Input should be"),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_named_by_file_table_and_key_and_no_secret_is_shown(file: Path, text: str, expected: str) -> None:
    file.write_text(text)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    message = str(refused.value)
    assert message.startswith(str(file))
    assert expected in message
    assert "key-secret" not in message


def test_every_mistake_is_told_at_once(file: Path) -> None:
    file.write_text('[sources.a]\nkeys = ["k"]\nstrict = 1\n[sources.b]\nkey = ["k"]\n')

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert [line.partition("[")[2].partition(":")[0] for line in str(refused.value).splitlines()] == [
        "sources.a] strict",
        "sources.b] key",
    ]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a = " + b"[" * 10_000, b"a = 1e999999999999", b"x = " + b"9" * 5000]
)
def test_file_that_no_parser_reads_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=r"sources\.toml"):
        load_settings()


def test_write_key_of_the_environment_may_not_be_another_sources(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setenv("TRACKING_WRITE_KEYS", "other:key-backend")

    with pytest.raises(SettingsError, match=r"\[sources\.other\] has a write key of \[sources\.backend\] too"):
        load_settings()


_VALUES = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.sampled_from(["off", "required", "10/s", "G-1", "https://a.example", "k"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "keys"]), inner, max_size=2),
    max_leaves=5,
)
_KEYS = st.sampled_from(
    ["keys", "allowed_origins", "rate_limit", "strict", "consent", "cookie_domain", "ga4", "nonsense"]
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=5), st.sampled_from(["web", "", "a b", "é"]))
def test_any_table_is_read_or_refused_in_words(given_: dict[str, object], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sources.toml"
        path.write_text(tomlkit.dumps({"sources": {name: {"keys": ["good"], **given_}}}))

        try:
            found = list(load_sources(path, {}, Defaults(Origins()), {}))
        except ValueError as refused:
            found = [str(refused)]

    assert found == [name] or str(path) in found[0]


def test_docs_table_has_every_key_and_its_example_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / "sources.md"
    (example,) = fences(page, "toml")
    named = {span for span in first_spans(table(page, "key", "default", "what")) if "TRACKING" not in span}
    known = {name for name in _Table.model_fields if name != "ga4"} | {f"ga4.{name}" for name in _Ga4Table.model_fields}

    file.write_text(example)

    assert named == known
    assert list(load_settings().sources) == ["web", "backend"]
