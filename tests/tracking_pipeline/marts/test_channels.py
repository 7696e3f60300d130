"""Channels after GA4's default rules: where a session came from, and what that is called."""

import duckdb
import pytest

from tracking_pipeline.lake.views import statement

SITE = "https://swap.example/"
CASES = [
    (None, None, "(direct)", "(none)", "Direct"),
    (SITE, None, "(direct)", "(none)", "Direct"),
    (SITE, "https://swap.example/earn", "(direct)", "(none)", "Direct"),
    (SITE, "https://www.google.com/", "google.com", "organic", "Organic Search"),
    (SITE, "https://www.google.co.uk/search?q=x", "google.co.uk", "organic", "Organic Search"),
    (SITE, "https://duckduckgo.com/", "duckduckgo.com", "organic", "Organic Search"),
    (SITE, "https://mail.google.com/", "mail.google.com", "referral", "Referral"),
    (SITE, "https://t.co/abc", "t.co", "referral", "Organic Social"),
    (SITE, "https://www.reddit.com/r/defi", "reddit.com", "referral", "Organic Social"),
    (SITE, "https://www.youtube.com/watch?v=1", "youtube.com", "referral", "Organic Video"),
    (SITE, "https://docs.li.fi/", "docs.li.fi", "referral", "Referral"),
    (SITE + "?gclid=abc", "https://www.google.com/", "google", "cpc", "Paid Search"),
    (SITE + "?msclkid=abc", None, "bing", "cpc", "Paid Search"),
    (SITE + "?utm_source=Google&utm_medium=CPC", None, "google", "cpc", "Paid Search"),
    (SITE + "?utm_source=twitter&utm_medium=paid_social", None, "twitter", "paid_social", "Paid Social"),
    (SITE + "?utm_source=youtube&utm_medium=video", None, "youtube", "video", "Organic Video"),
    (SITE + "?utm_source=youtube&utm_medium=cpm", None, "youtube", "cpm", "Paid Video"),
    (SITE + "?utm_source=amazon&utm_medium=ppc", None, "amazon", "ppc", "Paid Shopping"),
    (SITE + "?utm_source=x1&utm_medium=cpc&utm_campaign=Cross-Network", None, "x1", "cpc", "Cross-network"),
    (SITE + "?utm_source=n&utm_medium=cpc&utm_campaign=shopping", None, "n", "cpc", "Paid Shopping"),
    (SITE + "?utm_source=news&utm_medium=banner", None, "news", "banner", "Display"),
    (SITE + "?utm_source=partner&utm_medium=cpc", None, "partner", "cpc", "Paid Other"),
    (SITE + "?utm_source=discord&utm_medium=community", None, "discord", "community", "Organic Social"),
    (SITE + "?utm_source=blog&utm_medium=social%20media", None, "blog", "social media", "Organic Social"),
    (SITE + "?utm_source=n&utm_medium=e-mail", None, "n", "e-mail", "Email"),
    (SITE + "?utm_source=n&utm_medium=affiliate", None, "n", "affiliate", "Affiliates"),
    (SITE + "?utm_source=podcast&utm_medium=audio", None, "podcast", "audio", "Audio"),
    (SITE + "?utm_source=sms&utm_medium=message", None, "sms", "message", "SMS"),
    (SITE + "?utm_source=app&utm_medium=web_push", None, "app", "web_push", "Mobile Push Notifications"),
    (SITE + "?utm_source=n&utm_medium=link", None, "n", "link", "Referral"),
    (SITE + "?utm_source=n&utm_medium=qr", None, "n", "qr", "Unassigned"),
    (SITE + "?utm_campaign=spring+sale", None, "(not set)", "(not set)", "Unassigned"),
    (SITE + "?fromToken=0x0&utm_source=n&utm_medium=referral#/x", None, "n", "referral", "Referral"),
]


@pytest.fixture(scope="module")
def macros() -> duckdb.DuckDBPyConnection:
    """A connection that has the macros."""
    connection = duckdb.connect()
    connection.execute(statement("traffic"))
    return connection


@pytest.mark.parametrize(("url", "referrer", "source", "medium", "channel"), CASES)
def test_channel(
    macros: duckdb.DuckDBPyConnection, url: str | None, referrer: str | None, source: str, medium: str, channel: str
) -> None:
    found = macros.execute(
        "select t.source, t.medium, channel_of(t.source, t.medium, t.campaign)"
        " from (select traffic_source($url, $referrer) as t)",
        {"url": url, "referrer": referrer},
    ).fetchone()

    assert found == (source, medium, channel)


def test_campaign_is_read_as_sent_in_lower_case(macros: duckdb.DuckDBPyConnection) -> None:
    found = macros.execute("select traffic_source('https://a/?utm_campaign=Spring+Sale%21', null).campaign").fetchone()

    assert found == ("spring sale!",)
