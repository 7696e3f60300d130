"""The settings table is the code's: every variable, default and description, and no other variable anywhere."""

import re

from ingest_api.settings import Settings
from tests.docs.pages import PAGES, README, ROOT, table
from tracking_pipeline.standin.app import FAULTS_VARIABLE

VARIABLE = re.compile(r"\b(?:TRACKING|GA4?)_[A-Z0-9_]*[A-Z0-9]\b")


def variables_of(name: str) -> list[str]:
    """Names under which a field is read; the first is the one that the table uses."""
    alias = Settings.model_fields[name].validation_alias
    choices = [str(choice).upper() for choice in alias.choices] if hasattr(alias, "choices") else []
    return choices or [f"TRACKING_{name.upper()}"]


def test_settings_table_is_complete_both_ways() -> None:
    shown = {None: "empty", "": "empty"}
    expected = [
        [f"`{variables_of(name)[0]}`", shown.get(field.default) or f"`{field.default}`", field.description]
        for name, field in Settings.model_fields.items()
    ]

    assert table(README, "variable", "default", "what") == expected


def test_every_variable_in_the_pages_is_read_by_the_code() -> None:
    known = {variable for name in Settings.model_fields for variable in variables_of(name)} | {FAULTS_VARIABLE}

    named = {(page.name, found) for page in PAGES for found in VARIABLE.findall(page.read_text())}

    assert {(page, variable) for page, variable in named if variable not in known} == set()


def test_every_variable_in_the_code_is_a_setting() -> None:
    known = {variable for name in Settings.model_fields for variable in variables_of(name)} | {FAULTS_VARIABLE}
    sources = [path for half in ("ingest_api", "tracking_pipeline") for path in (ROOT / half).rglob("*.py")]

    quoted = re.compile(rf"[\"' ]({VARIABLE.pattern})(?=[\"' =:.,])")
    named = {(path.name, found) for path in sources for found in quoted.findall(path.read_text())}

    assert {(path, variable) for path, variable in named if variable not in known} == set()
