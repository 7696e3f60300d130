"""Limits and reserved names of GA4's Measurement Protocol (web streams), as constants. Pure data.

Source: https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference?client_type=gtag
(sections "limitations" and "reserved names", read 2026-09-25) where a line names no other.
"""

import re

MAX_EVENTS = 25  # events in one request
MAX_BODY_BYTES = 130_000  # exclusive
MAX_PARAMS = 25  # parameters of one event, the two that we set included
MAX_NAME = 40
MAX_VALUE = 100
MAX_USER_ID = 256
# https://support.google.com/analytics/answer/9267744, read 2026-09-25
MAX_VALUE_OF = {"page_title": 300, "page_referrer": 420, "page_location": 1000}
MAX_AGE_MINUTES = 4290  # 71.5 h: older than 72 h is not refused but moved to a wrong time

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
CLIENT_ID = re.compile(r"[0-9]+\.[0-9]+")  # the strict form

RESERVED_EVENTS = frozenset(
    {
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_query",
        "ad_reward",
        "adunit_exposure",
        "app_clear_data",
        "app_exception",
        "app_install",
        "app_remove",
        "app_store_refund",
        "app_update",
        "app_upgrade",
        "dynamic_link_app_open",
        "dynamic_link_app_update",
        "dynamic_link_first_open",
        "error",
        "firebase_campaign",
        "firebase_in_app_message_action",
        "firebase_in_app_message_dismiss",
        "firebase_in_app_message_impression",
        "first_open",
        "first_visit",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "notification_send",
        "os_update",
        "session_start",
        "user_engagement",
    }
)
APP_ONLY_EVENTS = frozenset({"ad_impression", "in_app_purchase", "screen_view"})
# The protocol pages reserve no event prefix; these are refused for parameters and were Firebase's for events.
UNSAFE_EVENT_PREFIXES = ("firebase_", "ga_", "google_")
RESERVED_PARAM_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")

# Only the delivery may set these, never a client (they decide sessions and active users).
OURS = frozenset({"session_id", "engagement_time_msec", "session_number", "debug_mode", "firebase_conversion"})
