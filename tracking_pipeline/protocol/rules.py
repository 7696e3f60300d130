"""The one table of GA4's rules: id, limit, source, how bad, what the delivery does, what a person does. Pure data.

``judge.py`` and its neighbours find what breaks a rule; the stand-in and ``tracking ga4 lint`` show it; the page
docs/ga4-rules.md is rendered from here. Marks say who claims a rule: D documented by Google, T in the source of
Google's Event Builder, O observed by users, I inferred.
"""

from dataclasses import dataclass
from typing import Literal

from tracking_pipeline.protocol import limits

Code = Literal[
    "VALUE_INVALID", "VALUE_REQUIRED", "NAME_INVALID", "NAME_RESERVED",
    "VALUE_OUT_OF_BOUNDS", "EXCEEDED_MAX_ENTITIES", "NAME_DUPLICATED", "INTERNAL_ERROR",
]  # fmt: skip
# https://developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events; INTERNAL_ERROR: observed

Level = Literal["malformed", "enforced", "advice"]
"""malformed: refused in both modes. enforced: refused by ENFORCE_RECOMMENDATIONS, else only remarked.
advice: never refused; the event is accepted and then missing or wrong in reports."""

Outcome = Literal["clean", "fixed", "passed", "dead", "expired"]
"""What the delivery does with an event of the lake that would break the rule: clean: no request of ours can;
fixed: it is changed and leaves; passed: it leaves as it is; dead, expired: it stays, with the reason."""

SOURCES = {
    "REF": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference?client_type=gtag",
    "SEND": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events?client_type=gtag",
    "VAL": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events?client_type=gtag",
    "VER": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/verify-implementation?client_type=gtag",
    "UP": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/user-properties?client_type=gtag",
    "EV": "https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events",
    "UID": "https://developers.google.com/analytics/devguides/collection/ga4/uid-data",
    "ECOM": "https://developers.google.com/analytics/devguides/collection/ga4/ecommerce",
    "COLL": "https://support.google.com/analytics/answer/9267744",
    "USER": "https://support.google.com/analytics/answer/9213390",
    "DEDUP": "https://support.google.com/analytics/answer/12313109",
    "TOOL": "https://github.com/googleanalytics/ga-dev-tools/tree/main/src/components/ga4/EventBuilder",
    "USERS": "https://github.com/br33f/php-GA4-Measurement-Protocol",
    "OURS": "docs/ga4-setup.md",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``sources`` are keys of SOURCES, each with its mark; ``how`` says what ``outcome`` means here."""

    id: str
    about: str
    level: Level
    code: Code
    sources: str
    outcome: Outcome
    how: str
    cure: str


_LONG = ", ".join(f"{name} {limit}" for name, limit in limits.MAX_LONG_VALUE_CHARS.items())
_TABLE = (
    # the request
    Rule("query", "`api_secret` and the stream's id are in the query", "malformed", "VALUE_REQUIRED", "REF D",
         "clean", "the set-up refuses one without the other", "add `measurement_id` and `api_secret` to the URL"),
    Rule("body", "the body is JSON in UTF-8, numbers finite, nested no deeper than "
         f"{limits.MAX_DEPTH}, fields of the right type", "malformed", "VALUE_INVALID", "REF D, USERS O",
         "clean", "bodies are built from parsed values", "repair the JSON at this place"),
    Rule("unknown_field", "every field is one that the protocol knows", "malformed", "VALUE_INVALID", "USERS O",
         "clean", "only known fields are written", "remove or rename the field: one unknown field loses the request"),
    Rule("name_twice", "no name stands twice in an object", "malformed", "NAME_DUPLICATED", "VAL D",
         "clean", "a body is built from one value for each name", "keep one of them"),
    Rule("body_bytes", f"the body has fewer than {limits.MAX_BODY_BYTES:,} bytes", "malformed",
         "VALUE_OUT_OF_BOUNDS", "SEND D, TOOL T", "dead", "a request ends before the limit; an event too large "
         "by itself is dead (`too_large`)", "send fewer events or shorter values in one request"),
    Rule("client_id", "a web stream's request has a `client_id`", "malformed", "VALUE_REQUIRED", "REF D",
         "clean", "always set: the `_ga` cookie's, else derived", "set `client_id`, best the one of the `_ga` cookie"),
    Rule("client_id_form", "`client_id` is `number.number`, or the id of an `FPID` cookie, or a whole `_ga` cookie",
         "enforced", "VALUE_INVALID", "REF D, VAL O",
         "clean", "ids of another form are not used", "use the last two fields of the `_ga` cookie"),
    Rule("app_instance_id", f"an app stream's `app_instance_id` has {limits.APP_INSTANCE_ID_CHARS} hexadecimal digits",
         "malformed", "VALUE_INVALID", "REF D, TOOL T", "clean", "web streams only",
         "take the id from the Firebase SDK"),
    Rule("user_id_length", f"`user_id` has at most {limits.MAX_USER_ID_CHARS} characters", "enforced",
         "VALUE_OUT_OF_BOUNDS", "USER D", "fixed", "left out", "send a shorter id"),
    Rule("consent", "`consent` values are `GRANTED` or `DENIED`", "enforced", "VALUE_INVALID", "REF D",
         "clean", "only these two are written", "write it in upper case, or leave it out"),
    Rule("user_data_hash", "`user_data` holds SHA-256 hashes in lower-case hexadecimal, nothing in plain text",
         "enforced", "VALUE_INVALID", "UID D", "clean", "`user_data` is never sent",
         "hash the value: trimmed, in lower case, SHA-256, hexadecimal"),
    Rule("user_data_max", f"`user_data` has at most {limits.MAX_HASHES} e-mail or phone hashes and "
         f"{limits.MAX_ADDRESSES} addresses", "enforced", "EXCEEDED_MAX_ENTITIES", "UID D", "clean",
         "`user_data` is never sent", "send fewer"),
    Rule("events_none", "a request has an event", "malformed", "VALUE_REQUIRED", "REF D, TOOL T", "clean",
         "a request is made of events", "add an event"),
    Rule("events_max", f"a request has at most {limits.MAX_EVENTS} events", "malformed", "EXCEEDED_MAX_ENTITIES",
         "SEND D", "clean", "requests are filled up to it", "split the request"),
    # events
    Rule("event_name", "an event's name is letters, digits and `_`, a letter first", "malformed", "NAME_INVALID",
         "SEND D", "fixed", "made safe; dead (`unusable_name`) when no letter is left", "rename the event"),
    Rule("event_name_length", f"an event's name has at most {limits.MAX_NAME_CHARS} characters", "enforced",
         "NAME_INVALID", "SEND D", "fixed", "cut, with six digits of its hash, so that two names stay two",
         "shorten the name"),
    Rule("event_name_reserved", "an event's name is none that GA4 keeps for itself", "malformed", "NAME_RESERVED",
         "REF D", "fixed", "`site_` is put in front", "choose another name: GA4 drops this one in silence"),
    Rule("event_name_app", "a web stream has no name that is for app streams only", "malformed", "NAME_RESERVED",
         "REF D", "fixed", "`site_` is put in front", "choose another name; for `screen_view` send `page_view`"),
    Rule("event_age", f"an event is at most {limits.MAX_AGE_HOURS} hours old", "enforced", "VALUE_INVALID", "SEND D",
         "expired", "stays here from half an hour before that", "send it in time; later it would be booked at a "
         "wrong time"),
    Rule("event_future", "an event is not from the future", "advice", "VALUE_INVALID", "REF D", "clean",
         "no event is later than its receipt", "correct the sender's clock"),
    # parameters of events
    Rule("params_max", f"an event has at most {limits.MAX_PARAMS} parameters", "enforced", "EXCEEDED_MAX_ENTITIES",
         "SEND D", "fixed", "the first by priority stay", "drop the least useful ones"),
    Rule("param_name", "a parameter's name is letters, digits and `_`, a letter first", "enforced", "NAME_INVALID",
         "SEND D", "fixed", "made safe; left out when no letter is left", "rename the parameter"),
    Rule("param_name_length", f"a parameter's name has at most {limits.MAX_NAME_CHARS} characters", "enforced",
         "NAME_INVALID", "SEND D", "fixed", "cut, with six digits of its hash", "shorten the name"),
    Rule("param_reserved", "a parameter's name has no reserved prefix (`"
         + "`, `".join(limits.RESERVED_PARAM_PREFIXES) + "`) and is not `firebase_conversion`", "enforced",
         "NAME_RESERVED", "REF D", "fixed", "left out", "rename the parameter"),
    Rule("param_nested", "a parameter's value is no null, object or array (but for `items`)", "enforced",
         "VALUE_INVALID", "REF D, USERS O", "fixed", "left out", "send its parts as parameters of their own"),
    Rule("param_length", f"a parameter's value has at most {limits.MAX_VALUE_CHARS} characters ({_LONG})", "enforced",
         "VALUE_OUT_OF_BOUNDS", "SEND D, COLL D", "fixed", "cut between characters and escapes", "shorten the value"),
    Rule("param_type", "amounts are JSON numbers, ids and currencies are text", "enforced", "VALUE_INVALID", "EV D",
         "fixed", "text that is a number becomes one, a number becomes text where GA4 wants text; what is no amount "
         "is left out",
         "send the type that the reference names"),
    Rule("currency", "`currency` is three upper-case letters (ISO 4217)", "enforced", "VALUE_INVALID", "EV D, TOOL T",
         "fixed", "written in upper case; left out when it is no code", "send the ISO code"),
    Rule("session_id", "`session_id` is digits only, the session's start in seconds", "enforced", "VALUE_INVALID",
         "REF D", "clean", "set by the delivery", "send the number of the `_ga_…` cookie, not the cookie"),
    Rule("session_missing", "an event has a `session_id`", "advice", "VALUE_INVALID", "REF D", "clean",
         "set by the delivery", "add it: without, the event belongs to no session in reports"),
    Rule("engagement", "`engagement_time_msec` is positive", "advice", "VALUE_INVALID", "REF D, USERS O", "clean",
         "set by the delivery", "send 1 or more: else the user does not count as active"),
    Rule("value_currency", "`value` comes with `currency`", "advice", "VALUE_INVALID", "EV D", "passed",
         "sent as it is; a currency is never invented", "add `currency`: else there is no revenue"),
    Rule("needed_params", "an event of a recommended name has what its reports need", "advice", "VALUE_REQUIRED",
         "EV D, TOOL T", "passed", "sent as it is", "add the parameter"),
    Rule("transaction_id", "`transaction_id` is not empty", "advice", "VALUE_INVALID", "DEDUP D", "fixed",
         "left out", "send the order's own id: all empty ones are one purchase"),
    Rule("time_in_params", "`timestamp_micros` stands beside `name`, not in `params`", "advice", "VALUE_INVALID",
         "SEND D", "fixed", "left out: the delivery sets the time", "move it out of `params`"),
    Rule("debug_mode", "`debug_mode` is there only to switch it on", "advice", "VALUE_INVALID", "VER D", "fixed",
         "left out", "remove it: `false` does not switch it off"),
    # items
    Rule("items", "`items` is an array of objects", "enforced", "VALUE_INVALID", "EV D", "fixed", "left out",
         "send an array of objects"),
    Rule("items_max", f"an event has at most {limits.MAX_ITEMS} items", "enforced", "EXCEEDED_MAX_ENTITIES", "ECOM D",
         "fixed", "the first stay", "send fewer items"),
    Rule("item_id", "an item has `item_id` or `item_name`", "enforced", "VALUE_REQUIRED", "EV D, TOOL T", "fixed",
         "the item is left out", "add one of them"),
    Rule("item_custom_max", f"an item has at most {limits.MAX_CUSTOM_ITEM_PARAMS} parameters of its own", "enforced",
         "EXCEEDED_MAX_ENTITIES", "SEND D", "fixed", "the first stay", "drop some"),
    Rule("item_number", "an item's numbers can be read as such", "malformed", "INTERNAL_ERROR", "VAL O", "fixed",
         "text that is a number becomes one; all else is left out", "send a JSON number, without a currency sign"),
    # user properties
    Rule("user_properties_max", f"a request has at most {limits.MAX_USER_PROPERTIES} user properties", "enforced",
         "EXCEEDED_MAX_ENTITIES", "SEND D", "fixed", "the first set stay", "send fewer"),
    Rule("user_property_name", "a user property's name is letters, digits and `_`, a letter first, at most "
         f"{limits.MAX_USER_PROPERTY_NAME_CHARS}", "enforced", "NAME_INVALID", "SEND D, TOOL T", "fixed",
         "made safe, cut with six digits of its hash; left out when no letter is left", "rename it"),
    Rule("user_property_reserved", "a user property's name is not reserved", "enforced", "NAME_RESERVED", "REF D",
         "fixed", "left out", "rename it"),
    Rule("user_property_missing", "a user property has a `value`", "enforced", "VALUE_REQUIRED", "UP D", "clean",
         "every one has its value", "put the value under `value`"),
    Rule("user_property_value", "a user property's value is text or a number", "enforced", "VALUE_INVALID", "UP D",
         "fixed", "left out", "send a scalar under `value`"),
    Rule("user_property_length", "a user property's value has at most "
         f"{limits.MAX_USER_PROPERTY_VALUE_CHARS} characters", "enforced", "VALUE_OUT_OF_BOUNDS", "SEND D", "fixed",
         "cut between characters", "shorten it"),
    Rule("user_property_age", f"a user property was set at most {limits.MAX_AGE_HOURS} hours ago", "enforced",
         "VALUE_INVALID", "SEND D", "clean", "none is said to be older than its request's events",
         "leave the timestamp out"),
    # tracking plans
    Rule("same_name", "two names do not become one at GA4", "enforced", "NAME_DUPLICATED", "OURS I", "fixed",
         "parameters: the first stays; events: both are sent under the one name",
         "rename one of them"),
    Rule("plan_room", f"an event's own parameters fit beside the delivery's two ({limits.MAX_PARAMS} in all)",
         "advice", "EXCEEDED_MAX_ENTITIES", "SEND D", "fixed", "the first by priority stay",
         "put the important ones first, or drop some"),
)  # fmt: skip

RULES = {rule.id: rule for rule in _TABLE}
