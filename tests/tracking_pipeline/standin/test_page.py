"""The page for a person, the health route, and the test door that is shut by default."""

from flask.testing import FlaskClient

from tests.tracking_pipeline.standin.conftest import QUERY, body, event

EVIL = "<script>alert('x')</script>"


def test_page_shows_events_counts_and_problems(client: FlaskClient) -> None:
    client.post(f"/mp/collect{QUERY}", json=body(event("swap", token="USDC"), event("swap"), event("error")))

    page = client.get("/").text

    assert "<li><code>swap</code> 2</li>" in page
    assert "USDC" in page
    assert "2026-09-21 14:13:20.000" in page
    assert "Event at index: [2] has name [error] which is reserved." in page


def test_page_says_what_it_is_not(client: FlaskClient) -> None:
    page = " ".join(client.get("/").text.split())

    assert "applies documented rules; it is no proof that Google accepts" in page
    assert "No event has arrived yet." in page


def test_page_escapes_whatever_was_sent(client: FlaskClient) -> None:
    evil = body(event("ok", **{EVIL: EVIL}), event(EVIL), user_id=EVIL) | {"client_id": EVIL}
    client.post(f"/mp/collect{QUERY}", json=evil)

    answer = client.get("/")

    assert "<script" not in answer.text
    assert answer.text.count("&lt;script&gt;") > 4
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_page_refers_to_nothing_outside(client: FlaskClient) -> None:
    page = client.get("/").text

    assert "http:" not in page
    assert "https:" not in page
    assert "src=" not in page


def test_health_says_live(client: FlaskClient) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json) == (200, {"status": "live"})


def test_faults_are_not_there_unless_asked_for(client: FlaskClient) -> None:
    answers = [call("/test/faults", json={"mode": "status"}) for call in (client.post, client.get, client.delete)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
