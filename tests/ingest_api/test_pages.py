"""The served script: cached, compressed, under its own paths."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ingest_api import pages
from ingest_api.app import create_app
from ingest_api.pages import BUILT, read_script
from ingest_api.settings import Settings
from tests.support import settings_in

MAX_GZIPPED = 5_000  # of peers, those with a persistent queue and retries need 18 to 122 kB


@pytest.fixture
def client_of(tmp_path: Path) -> Any:
    opened = []

    def make(**values: object) -> FlaskClient:
        app = create_app(settings_in(tmp_path, **values))
        opened.append(app)
        return app.test_client()

    yield make
    for app in opened:
        app.extensions["collector"].spool.close()


MakeClient = Callable[..., FlaskClient]


def test_script_is_small_enough(tmp_path: Path) -> None:
    script = read_script(settings_in(tmp_path))

    assert script.body == BUILT.read_bytes()
    assert len(script.gzipped) <= MAX_GZIPPED


def test_script_is_kept_for_minutes_and_asked_for_by_its_etag(client_of: MakeClient) -> None:
    client = client_of()

    first = client.get("/m.js")
    again = client.get("/m.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.mimetype, first.data) == (200, "text/javascript", BUILT.read_bytes())
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.data) == (304, b"")


def test_script_is_compressed_where_that_is_accepted(client_of: MakeClient) -> None:
    client = client_of()

    plain, zipped = client.get("/m.js"), client.get("/m.js", headers={"Accept-Encoding": "br, gzip"})

    assert (plain.content_encoding, zipped.content_encoding) == (None, "gzip")
    assert gzip.decompress(zipped.data) == plain.data
    assert plain.headers["ETag"] != zipped.headers["ETag"]
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"


def test_hashed_name_is_kept_for_ever_and_an_old_one_for_minutes(client_of: MakeClient, tmp_path: Path) -> None:
    client, version = client_of(), read_script(settings_in(tmp_path)).version

    mine, old = client.get(f"/m.{version}.js"), client.get("/m.0123456789ab.js")

    assert mine.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert old.headers["Cache-Control"] == "public, max-age=300"
    assert mine.data == old.data == BUILT.read_bytes()


def test_renamed_paths_are_served_and_stand_in_the_script(client_of: MakeClient) -> None:
    client = client_of(script_path="/js/site.js", batch_path="/js/log")

    script = client.get("/js/site.js")
    call = {"type": "track", "event": "Hello", "userId": "u1"}
    posted = client.post("/js/log", json={"writeKey": "demo", "batch": [call]})

    assert (b'"/js/site.js"' in script.data, b'"/js/log"' in script.data) == (True, True)
    assert client.get("/js/site.0123456789ab.js").status_code == 200
    assert client.get("/m.js").status_code == 404
    assert posted.json == {"success": True, "accepted": 1, "rejected": 0}
    assert client.post("/v1/batch", json={"writeKey": "demo", "batch": [call]}).status_code == 200


@pytest.mark.parametrize("path", ["m.js", "/m.css", "/a b.js", "/<x>.js", '/".js'])
def test_unusable_path_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="script_path"):
        Settings(_env_file=None, data_dir=tmp_path, script_path=path)


def test_script_without_its_places_stops_the_collector(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "m.js").write_text("nothing here")
    monkeypatch.setattr(pages, "BUILT", tmp_path / "m.js")

    with pytest.raises(RuntimeError, match="build it again"):
        read_script(settings_in(tmp_path))
