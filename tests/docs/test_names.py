"""What the pages name exists: paths, links, commands, make targets, modules; and every verb is named."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.docs.pages import NAMES, PAGES, ROOT, code, first_spans, prose, spans, table
from tracking_pipeline.cli import VERBS

TOP = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"data"}
PATH = re.compile(r"\.?\w[\w.-]*(?:/\.?\w[\w.-]*)*/?")


def looks_like_our_path(span: str) -> bool:
    """Tell a path in the repository from a URL path, a folder of ``data/``, or other code."""
    if not PATH.fullmatch(span):
        return False
    return ("/" in span and span.split("/")[0] in TOP) or re.fullmatch(r"\w+\.(txt|toml|yaml)", span) is not None


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_named_paths_exist(page: Path) -> None:
    made_at_run_time = {"dagster.yaml"}
    named = {span for span in spans(page) if looks_like_our_path(span)} - made_at_run_time

    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_named_data_folders_are_those_of_data_readme(page: Path) -> None:
    known = set(first_spans(table(ROOT / "data" / "README.md", "folder", "what", "made by", "may be deleted?")))
    named = {span.split("/")[1] for span in spans(page) if re.fullmatch(r"data/\w+/\S*", span)}

    assert {folder for folder in named if f"{folder}/" not in known} == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    targets = {target for target in re.findall(r"\]\(([^)#]+)", prose(page)) if "://" not in target}

    assert {target for target in targets if not (page.parent / target).exists()} == set()


def test_commands_exist_and_each_is_named() -> None:
    named = {verb for page in PAGES for verb in re.findall(r"(?m)(?:^|/|\s)tracking ([a-z][a-z0-9]*)\b", code(page))}

    assert named == set(VERBS)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    named = {target for page in PAGES for target in re.findall(r"\bmake ([a-z-]+)\b", code(page))}

    assert named <= targets
    assert {"run", "test"} <= named


def test_modules_exist() -> None:
    named = {module for page in PAGES for module in re.findall(r"python -m ([\w.]+)", code(page))}

    assert {module for module in named if importlib.util.find_spec(module) is None} == set()
