"""The page for a person, the health route, and the test door that is shut by default."""

from flask.testing import FlaskClient

from tests.tracking_pipeline.standin.conftest import QUERY, body, event

EVIL = "<script>alert('x')</script>"


def test_page_shows_events_counts_and_problems(client: FlaskClient) -> None:
    client.post(f"/mp/collect{QUERY}", json=body(event("swap", token="USDC"), event("swap"), event("error")))

    page = client.get("/").text

    assert '<li><a href="/?name=swap">swap</a> <b>2</b></li>' in page
    assert "USDC" in page
    assert "2026-09-21 14:13:20.000" in page
    assert (
        "Event at index: [2] has name [error] which is reserved. → choose another name: GA4 drops this one in silence"
        in page
    )
    assert "tracking trace MESSAGE_ID" in page


def test_page_shows_the_events_of_one_name(client: FlaskClient) -> None:
    client.post(f"/mp/collect{QUERY}", json=body(event("swap", n=1), event("click", n=2), event("error", n=3)))

    swap, error = client.get("/?name=swap").text, client.get("/?name=error").text

    assert ("<b>n</b> 1" in swap, "<b>n</b> 2" in swap, "<b>n</b> 3" in swap) == (True, False, False)
    assert ("<b>n</b> 1" in error, "<b>n</b> 2" in error, "<b>n</b> 3" in error) == (False, False, True)
    assert 'href="/?name=swap&amp;hold=1"' in swap


def test_events_dropped_for_the_same_reason_are_one_row(client: FlaskClient) -> None:
    client.post(f"/mp/collect{QUERY}", json=body(*(event(f"n{n}") for n in range(26))))
    client.post(f"/mp/collect{QUERY}", json=body(event("error"), event("session_start")))

    page = client.get("/").text

    assert page.count("At most [25] events are allowed.") == 1
    assert page.count("and 25 more for the same reason") == 1
    assert page.count("which is reserved.") == 2


def test_page_says_what_it_is_not(client: FlaskClient) -> None:
    page = " ".join(client.get("/").text.split())

    assert "applies documented rules; it is no proof that Google accepts" in page
    assert "No event has arrived yet." in page


def test_page_escapes_whatever_was_sent(client: FlaskClient) -> None:
    evil = body(event("ok", **{EVIL: EVIL}), event(EVIL), user_id=EVIL, user_properties={EVIL: {"value": EVIL}})
    client.post(f"/mp/collect{QUERY}", json=evil | {"client_id": EVIL, "device": {"category": EVIL}})

    for answer in (client.get("/"), client.get("/client", query_string={"id": EVIL})):
        assert "<script" not in answer.text
        assert answer.text.count("&lt;script&gt;") > 4
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_page_refers_to_nothing_outside(client: FlaskClient) -> None:
    page = client.get("/").text

    assert "http:" not in page
    assert "https:" not in page
    assert "src=" not in page


def test_page_reloads_unless_it_is_held(client: FlaskClient) -> None:
    for path in ("/?", "/client?id=1.2&"):
        assert 'http-equiv="refresh" content="3"' in client.get(path).text
        assert "refresh" not in client.get(f"{path}hold=1").text


def test_a_client_s_page_shows_its_sessions_and_what_was_dropped(client: FlaskClient) -> None:
    first = event("first", session_id="1789990000")
    second = [event("page_view", page_title="Swap"), event("error"), event("done", engagement_time_msec=2500)]
    properties = {"plan": {"value": "pro"}}
    client.post(f"/mp/collect{QUERY}", json=body(first))
    sent = body(*second, user_id="u1", user_properties=properties, device={"category": "mobile"})
    client.post(f"/mp/collect{QUERY}", json=sent)
    client.post(f"/mp/collect{QUERY}", json=body(event("of_another")) | {"client_id": "9.9"})

    assert '<a href="/client?id=12.34"><code>12.34</code></a>' in client.get("/").text
    page = client.get("/client?id=12.34").text

    assert page.index("Session 1790000000") < page.index("Session 1789990000")
    assert "2.5 s</b><span>engaged" in page
    assert "name [error] which is reserved" in page
    assert all(text in page for text in ("u1", "<b>plan</b> pro", "<b>mobile</b><span>category"))
    assert "of_another" not in page


def test_a_client_that_nobody_knows_has_an_empty_page(client: FlaskClient) -> None:
    assert "Nothing of this client has arrived." in client.get("/client?id=none").text
    assert client.get("/client").status_code == 200


def test_health_says_live(client: FlaskClient) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json) == (200, {"status": "live"})


def test_faults_are_not_there_unless_asked_for(client: FlaskClient) -> None:
    answers = [call("/test/faults", json={"mode": "status"}) for call in (client.post, client.get, client.delete)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
