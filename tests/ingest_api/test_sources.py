"""The sources file: what it says holds, and each mistake in it is named with file, table and key, never a secret."""

from pathlib import Path

import pytest

from ingest_api.limits import Rate
from ingest_api.settings import load_settings
from ingest_api.sources import Ga4Stream

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
