"""Google's limits and reserved names, as numbers and sets; nothing here decides anything (``rules.py`` does).

Sources, read 2026-09-25 (web stream tab, ``client_type=gtag``):
SEND  https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events
REF   https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
COLL  https://support.google.com/analytics/answer/9267744
USER  https://support.google.com/analytics/answer/9213390
ECOM  https://developers.google.com/analytics/devguides/collection/ga4/ecommerce
EV    https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
UID   https://developers.google.com/analytics/devguides/collection/ga4/uid-data
TOOL  https://github.com/googleanalytics/ga-dev-tools (Event Builder, ValidateEvent)
"""

import re

MAX_BODY_BYTES = 130_000  # SEND "130kB"; TOOL counts 130,000; this many bytes are already too many
MAX_EVENTS = 25  # SEND
MAX_PARAMS = 25  # SEND
MAX_USER_PROPERTIES = 25  # SEND
MAX_NAME_CHARS = 40  # SEND: event, parameter and item parameter names
MAX_VALUE_CHARS = 100  # SEND: parameter and item parameter values (500 for Analytics 360)
MAX_LONG_VALUE_CHARS = {"page_title": 300, "page_referrer": 420, "page_location": 1000}  # COLL
MAX_USER_PROPERTY_NAME_CHARS = 24  # SEND
MAX_USER_PROPERTY_VALUE_CHARS = 36  # SEND
MAX_USER_ID_CHARS = 256  # USER
MAX_ITEMS = 200  # ECOM
MAX_CUSTOM_ITEM_PARAMS = 10  # SEND (COLL says 27; the stricter one is kept)
MAX_AGE_HOURS = 72  # SEND: an older timestamp is moved (RELAXED) or refused (ENFORCE)
MAX_AGE_US = MAX_AGE_HOURS * 3600 * 1_000_000
MAX_HASHES = 3  # UID: e-mail or phone hashes of one user
MAX_ADDRESSES = 2  # UID
MAX_DEPTH = 100  # protobuf's default nesting limit, https://protobuf.dev/programming-guides/encoding/

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # SEND
SHORT_NAME = re.compile(rf"(?!.{{{MAX_NAME_CHARS + 1}}}){NAME.pattern}")  # and not over the limit
CLIENT_ID = re.compile(r"[0-9]+\.[0-9]+")  # REF; asked for by ENFORCE_RECOMMENDATIONS only
# Ids of FPID cookies, which Google's own server-side tagging sends (observed), and the whole `_ga` cookie (REF, since
# 2026-02-17); both are no `number.number` and the real ids all the same.
FPID = re.compile(r"[A-Za-z0-9+/=_-]{8,200}\.[0-9]{10}")
WHOLE_COOKIE = re.compile(r"GA1\.[0-9-]+\.[0-9]+\.[0-9]+")
SESSION_ID = re.compile(r"[0-9]+")  # REF
CURRENCY = re.compile(r"[A-Z]{3}")  # REF events page, ISO 4217
SHA256_HEX = re.compile(r"[0-9a-f]{64}")  # UID
APP_INSTANCE_ID_CHARS = 32  # TOOL: hexadecimal digits

# REF, "reserved names"
RESERVED_EVENTS = frozenset(
    {
        "ad_activeview", "ad_click", "ad_exposure", "ad_query", "ad_reward", "adunit_exposure",
        "app_clear_data", "app_exception", "app_install", "app_remove", "app_store_refund", "app_update",
        "app_upgrade", "dynamic_link_app_open", "dynamic_link_app_update", "dynamic_link_first_open", "error",
        "firebase_campaign", "firebase_in_app_message_action", "firebase_in_app_message_dismiss",
        "firebase_in_app_message_impression", "first_open", "first_visit", "notification_dismiss",
        "notification_foreground", "notification_open", "notification_receive", "notification_send",
        "os_update", "session_start", "user_engagement",
    }
)  # fmt: skip
APP_ONLY_EVENTS = frozenset({"ad_impression", "in_app_purchase", "screen_view"})
RESERVED_PARAMS = frozenset({"firebase_conversion"})
RESERVED_PARAM_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")
RESERVED_USER_PROPERTIES = frozenset(
    {
        "first_open_time", "first_visit_time", "last_deep_link_referrer", "user_id",
        "first_open_after_install",
    }
)  # fmt: skip
RESERVED_USER_PROPERTY_PREFIXES = ("_", "firebase_", "ga_", "google_")

# What an event of that name needs to be of use in reports (EV; TOOL asks for them).
NEEDED_PARAMS = {
    "add_payment_info": ("items",),
    "add_shipping_info": ("items",),
    "add_to_cart": ("items",),
    "add_to_wishlist": ("items",),
    "begin_checkout": ("items",),
    "purchase": ("transaction_id", "items", "value"),
    "refund": ("transaction_id",),
    "remove_from_cart": ("items",),
    "search": ("search_term",),
    "select_item": ("items",),
    "view_cart": ("items",),
    "view_item": ("items",),
    "view_item_list": ("items",),
    "view_promotion": ("items",),
}

# Types of the parameters that mean the same in every event (EV).
NUMBER_PARAMS = frozenset({"value", "tax", "shipping", "engagement_time_msec"})
STRING_PARAMS = frozenset({"currency", "transaction_id", "coupon", "affiliation"})
NUMBER_ITEM_PARAMS = frozenset({"price", "discount", "quantity", "index"})
STRING_ITEM_PARAMS = frozenset(
    {
        "item_id", "item_name", "affiliation", "coupon", "currency", "item_brand", "item_category",
        "item_category2", "item_category3", "item_category4", "item_category5", "item_list_id",
        "item_list_name", "item_variant", "location_id", "creative_name", "creative_slot", "promotion_id",
        "promotion_name",
    }
)  # fmt: skip
