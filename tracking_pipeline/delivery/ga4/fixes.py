"""What was changed of an event so that GA4 takes it: short texts, ``rule:field``. Pure functions.

The rules are those of ``protocol/rules.py``. The ledger keeps the texts with the event's lease, the view
``delivery_fixes`` has a row for each. A field is a name, cut and free of signs; never a value.
"""

import re

from ingest_api import masking

MAX_FIELD_CHARS = 60
_SIGNS = re.compile(r"[^A-Za-z0-9_.]+")


def fix(rule_id: str, field: str = "") -> str:
    """Return the text of one change; a field whose name could tell a person is left away."""
    if not field or masking.mask(field) != field:
        return rule_id
    return f"{rule_id}:{_SIGNS.sub('_', field)[:MAX_FIELD_CHARS]}"
