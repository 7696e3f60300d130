"""Google's cookies are read by their layouts; what has another layout is absent."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.ga_cookies import client_id, fpid, session_of, sessions

CLIENT_IDS = {
    "GA1.1.123.456": "123.456",
    "GA1.2.286403989.1366364567": "286403989.1366364567",
    "GA1.2-2.123.456": "123.456",
    "GA1%2E1%2E123%2E456": "123.456",
    "1.1.123.456": "123.456",
    "GA2.1.123.456": None,
    "GA1.1.123": None,
    "GA1.1.abc.def": None,
    "GA1.1.\u0661.\u0662": None,
    "amp-x": None,
    "%ff": None,
    "": None,
    None: None,
}
FPIDS = {
    "FPID2.2.F99Fd7gVuQuP93MZdJiEn07o/eZba6j9bAt8ETLsn8E=.1733280703": (
        "F99Fd7gVuQuP93MZdJiEn07o/eZba6j9bAt8ETLsn8E=.1733280703"
    ),
    "FPID2.2.F99Fd7gVuQuP93MZdJiEn07o%2FeZba6j9bAt8ETLsn8E%3D.1733280703": (
        "F99Fd7gVuQuP93MZdJiEn07o/eZba6j9bAt8ETLsn8E=.1733280703"
    ),
    "FPID1.2.F99Fd7gVuQuP93MZdJiEn07o.1733280703": None,
    "FPID2.2.short.1733280703": None,
    "FPID2.2.F99Fd7gVuQuP93MZdJiEn07o": None,
    None: None,
}
OLD = {"session_id": "1746825440", "session_number": 14, "engaged": False, "last_hit": 1746825599}
NEW = {"session_id": "1747132561", "session_number": 3, "engaged": True, "last_hit": 1747132655}
SESSIONS = {
    "old": ("GS1.1.1746825440.14.0.1746825599.0.0.295082955", OLD),
    "old, last hit of 11 digits": (
        "GS1.1.1746825440.14.0.17468255990.0.0.295082955",
        {k: v for k, v in OLD.items() if k != "last_hit"},
    ),
    "old, short": ("GS1.1.1746825440.14.0.1746825599", OLD),
    "old, two fields missing": ("GS1.1.1746825440.14", None),
    "new": ("GS2.1.s1747132561$o3$g1$t1747132655$j0$l0$h0", NEW),
    "new, any order": ("GS2.1.o3$s1747132561$t1747132655$g1$j60$l0$h0", NEW),
    "new, escaped": ("GS2.1.s1747132561%24o3%24g1%24t1747132655%24j0", NEW),
    "new, unknown letters": ("GS2.1.s1747132561$o3$g1$t1747132655$z9$dABC", NEW),
    "new, only its session": ("GS2.1.s1747132561", {"session_id": "1747132561"}),
    "new, a last hit before its start": ("GS2.1.s1747132561$t1747132560", {"session_id": "1747132561"}),
    "new, two sessions": ("GS2.1.s1747132561$s1747132999$o1", None),
    "new, no session": ("GS2.1.o3$g1$t1747132655", None),
    "new, letters in the session": ("GS2.1.s17471325x1$o1", None),
    "new, a session in milliseconds": ("GS2.1.s1747132561000$o1", None),
    "a version to come": ("GS3.1.s1747132561$o1", None),
    "a client id": ("GA1.1.1197596843.1673515099", None),
    "nonsense": ("nonsense", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("cookie", "expected"), CLIENT_IDS.items(), ids=[str(cookie) for cookie in CLIENT_IDS])
def test_client_id_is_read(cookie: str | None, expected: str | None) -> None:
    assert client_id(cookie) == expected


@pytest.mark.parametrize(("cookie", "expected"), FPIDS.items(), ids=[str(cookie) for cookie in FPIDS])
def test_fpid_is_read(cookie: str | None, expected: str | None) -> None:
    assert fpid(cookie) == expected


@pytest.mark.parametrize(("cookie", "expected"), SESSIONS.values(), ids=SESSIONS)
def test_session_is_read(cookie: str, expected: dict[str, object] | None) -> None:
    assert session_of(cookie) == expected


def test_each_stream_keeps_its_own_session() -> None:
    cookies = {
        "_ga": "GA1.1.123.456",
        "_ga_ABC123": SESSIONS["old"][0],
        "_ga_XYZ789": SESSIONS["new"][0],
        "_ga_BROKEN": "nonsense",
        "_ga_lower": SESSIONS["new"][0],
        "_gac_UA-1": "1.1.x",
    }

    assert json.loads(sessions(cookies) or "") == {"ABC123": OLD, "XYZ789": NEW}
    assert sessions({"_ga": "GA1.1.123.456"}) is None


pieces = st.sampled_from(
    ["GA1", "GS1", "GS2", "FPID2", ".", "1", "1747132561", "$", "s", "o", "g", "t", "%24", "=", "-"]
)
cookie_texts = st.one_of(st.text(), st.lists(pieces, max_size=14).map("".join))


@given(cookie_texts)
def test_any_cookie_is_valid_or_absent(text: str) -> None:
    assert re.fullmatch(r"[0-9]+\.[0-9]+", client_id(text) or "1.1")
    assert re.fullmatch(r"[A-Za-z0-9+/=_-]+\.[0-9]{10}", fpid(text) or "a.1234567890")
    session = session_of(text)
    assert session is None or re.fullmatch(r"[12][0-9]{9}", session["session_id"])
    assert json.loads(sessions({"_ga_ABCD": text}) or "{}").get("ABCD") == session
