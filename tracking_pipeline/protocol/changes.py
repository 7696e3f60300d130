"""What the delivery changes though GA4 would take it: privacy, the site's wishes, one name for one thing. Pure data.

Recorded like the rules' own changes, under these ids (view ``delivery_fixes``); the page docs/ga4-rules.md lists them.
"""

CHANGES = {
    "private": "a parameter is left out: the catalogue, or its name, says that it tells a person or leads to a wallet",
    "masked": "what looks like an e-mail address, a wallet or a token becomes `***`; an id is left out instead",
    "ours": "a parameter is left out that only the delivery may set (session, engagement)",
    "off_catalogue": "a parameter is left out that the catalogue does not know; `catalogue_only` of its source says so",
    "spec_name": "an event of Segment's e-commerce spec leaves under GA4's name for it",
}
