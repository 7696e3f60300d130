"""What the delivery keeps to: GA4's limits, and the few rules that are stricter than Google's. Pure data."""

from tracking_pipeline.protocol import limits

MAX_EVENTS = limits.MAX_EVENTS
MAX_BODY_BYTES = limits.MAX_BODY_BYTES  # exclusive
MAX_PARAMS = limits.MAX_PARAMS  # the two that we set included
MAX_NAME = limits.MAX_NAME_CHARS
MAX_VALUE = limits.MAX_VALUE_CHARS
MAX_VALUE_OF = limits.MAX_LONG_VALUE_CHARS
MAX_USER_ID = limits.MAX_USER_ID_CHARS
NAME = limits.SHORT_NAME
PLAIN_NAME = limits.NAME
CLIENT_ID = limits.CLIENT_ID
FPID = limits.FPID
RESERVED_EVENTS = limits.RESERVED_EVENTS
APP_ONLY_EVENTS = limits.APP_ONLY_EVENTS
RESERVED_PARAM_PREFIXES = limits.RESERVED_PARAM_PREFIXES

# Half an hour less than GA4 takes: a request may wait that long between the plan and its arrival.
MAX_AGE_MINUTES = limits.MAX_AGE_HOURS * 60 - 30
# The protocol pages reserve no event prefix; these are refused for parameters and were Firebase's for events.
UNSAFE_EVENT_PREFIXES = ("firebase_", "ga_", "google_")
# Only the delivery may set these, never a client (they decide sessions and active users).
OURS = frozenset({"session_id", "engagement_time_msec", "session_number", *limits.RESERVED_PARAMS})
# Names that GA4 reads otherwise than a site means them; the rule that says so.
MISPLACED = {"debug_mode": "debug_mode", "timestamp_micros": "time_in_params", "items": "items"}
NUMBER_PARAMS = limits.NUMBER_PARAMS
STRING_PARAMS = limits.STRING_PARAMS
NUMBER_ITEM_PARAMS = limits.NUMBER_ITEM_PARAMS
STRING_ITEM_PARAMS = limits.STRING_ITEM_PARAMS
MAX_ITEMS = limits.MAX_ITEMS
MAX_CUSTOM_ITEM_PARAMS = limits.MAX_CUSTOM_ITEM_PARAMS
MAX_USER_PROPERTIES = limits.MAX_USER_PROPERTIES
MAX_USER_PROPERTY_NAME = limits.MAX_USER_PROPERTY_NAME_CHARS
MAX_USER_PROPERTY_VALUE = limits.MAX_USER_PROPERTY_VALUE_CHARS
RESERVED_USER_PROPERTIES = limits.RESERVED_USER_PROPERTIES
RESERVED_USER_PROPERTY_PREFIXES = limits.RESERVED_USER_PROPERTY_PREFIXES
CURRENCY = limits.CURRENCY
