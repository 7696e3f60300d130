"""GA4's Measurement Protocol as data and pure functions: limits, rules, payloads, the judge.

Nothing here sends, stores or prints. Used by the delivery (so that no event breaks a rule), the stand-in (which
shows what GA4 would drop) and ``tracking ga4 lint``: a limit is written once, in ``limits.py``.
"""
