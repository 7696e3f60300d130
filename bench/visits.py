"""Device ids over 1,000 visits with mixed consent, cookies, `_ga` and blockers, each in a real Chromium."""

import argparse
import tempfile
from pathlib import Path

from tests.browser.chromium import running_chromium
from tests.browser.site import running_site
from tests.browser.visits import BROWSERS, CONSENTS, COOKIES, GOOGLE, Visit, browsers, count, simulate
from tests.support import running_collector

DIMENSIONS = {"browser": BROWSERS, "consent": CONSENTS, "cookies": COOKIES, "google": GOOGLE}


def main() -> int:
    """Make the visits, print a line for each kind, and return 1 unless each event that consent allows has an id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_000)
    visits = [Visit(number) for number in range(parser.parse_args().visits)]
    with (
        tempfile.TemporaryDirectory() as folder,
        running_collector(Path(folder)) as collector,
        running_site(collector) as site,
        running_chromium() as browser,
        browsers(browser, Path(folder)) as contexts,
    ):
        rows = simulate(visits, contexts, site)
    print(f"{'':34} visits  allowed  stored  with a device id  visits with one device id")
    groups = {
        f"{name}: {value}": [visit for visit in visits if getattr(visit, name) == value]
        for name, values in DIMENSIONS.items()
        for value in values
    }
    for title, group in {**groups, "all": visits}.items():
        found = count(group, rows)
        share = f"{found.with_device_id / found.expected:.1%}" if found.expected else "none may be kept"
        print(f"{title:34} {found.visits:6}  {found.expected:7}  {found.stored:6}  {share:>16}  {found.one_device:25}")
    return 0 if count(visits, rows).is_whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
