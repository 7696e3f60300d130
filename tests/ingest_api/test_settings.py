from pathlib import Path

import pytest

from ingest_api.settings import GA4_DEFAULT_ENDPOINT, SettingsError, load_settings

BAD = {
    "port_of_words": ({"TRACKING_PORT": "secret-value"}, "TRACKING_PORT"),
    "port_too_large": ({"TRACKING_PORT": "70000"}, "TRACKING_PORT"),
    "no_write_keys": ({"TRACKING_WRITE_KEYS": " , "}, "TRACKING_WRITE_KEYS"),
    "origin_without_scheme": ({"TRACKING_ALLOWED_ORIGINS": "example.com"}, "TRACKING_ALLOWED_ORIGINS"),
    "rate_of_words": ({"TRACKING_RATE_LIMIT": "secret-value"}, "TRACKING_RATE_LIMIT"),
    "no_sources_file": ({"TRACKING_SOURCES_FILE": "nowhere.toml"}, "nowhere.toml"),
    "seal_never": ({"TRACKING_SEAL_AFTER_S": "0"}, "TRACKING_SEAL_AFTER_S"),
    "secret_without_id": ({"GA4_API_SECRET": "secret-value"}, "GA4_MEASUREMENT_ID"),
    "id_without_secret": ({"GA4_MEASUREMENT_ID": "secret-value"}, "GA4_API_SECRET"),
}
Environment = dict[str, str]


def _set(monkeypatch: pytest.MonkeyPatch, variables: Environment) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("variables", "named"), BAD.values(), ids=BAD.keys())
def test_bad_setting_is_named_and_its_value_never_shown(
    monkeypatch: pytest.MonkeyPatch, variables: Environment, named: str
) -> None:
    _set(monkeypatch, variables)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert named in str(refused.value)
    assert "secret-value" not in str(refused.value)


def test_write_keys_name_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {"TRACKING_WRITE_KEYS": "web:k1, web:k2,app:k3,bare"})

    settings = load_settings()
    named = {key: source.name for key, source in settings.source_by_key.items()}
    assert named == {"k1": "web", "k2": "web", "k3": "app", "bare": "default"}
    assert {name: source.keys for name, source in settings.sources.items()} == {
        "web": ("k1", "k2"),
        "app": ("k3",),
        "default": ("bare",),
    }


def test_defaults_send_to_the_stand_in(tmp_path: Path) -> None:
    settings = load_settings()

    assert {name: source.keys for name, source in settings.sources.items()} == {"default": ("demo",)}
    assert settings.data_dir == tmp_path / "data"
    assert (settings.ga4.standin, settings.ga4.endpoint) == (True, "http://127.0.0.1:8010")


@pytest.mark.parametrize("prefix", ["GA4", "GA"])
def test_secrets_turn_the_real_property_on(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    _set(monkeypatch, {f"{prefix}_MEASUREMENT_ID": "G-1", f"{prefix}_API_SECRET": "s"})

    target = load_settings().ga4
    assert (target.standin, target.endpoint, target.measurement_id) == (False, GA4_DEFAULT_ENDPOINT, "G-1")
    assert "api_secret" not in repr(load_settings())


def test_env_file_of_the_working_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TRACKING_PORT=8123\nUNRELATED=1\n")

    assert load_settings().port == 8123


def test_origins_are_compared_without_case_and_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {"TRACKING_ALLOWED_ORIGINS": "https://A.example/, https://b.example"})

    assert load_settings().origins.exact == {"https://a.example", "https://b.example"}
