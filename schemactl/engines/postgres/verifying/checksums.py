"""Page checksums: what the server has met of pages that are not what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.verifying import Inspection

if TYPE_CHECKING:
    from schemactl.contract.verifying import Inspected
    from schemactl.engines.postgres.verifying.asking import Asking

CHECKSUMS = Inspection("checksums", "no page that was read differed from its checksum", deep=True)

_SHARED = "shared objects"
_FAILURES = f"""
SELECT coalesce(quote_ident(s.datname), '{_SHARED}'), s.checksum_failures, s.checksum_last_failure::text
FROM pg_stat_database s WHERE s.datname = current_database() OR s.datid = 0 ORDER BY s.datid DESC
"""
_PASSING = ("ignore_checksum_failure", "zero_damaged_pages")


def checksums(asking: Asking) -> Inspected:
    if asking.one("SELECT current_setting('data_checksums')") != "on":
        return asking.not_run(
            "the server keeps no checksums of its pages; with the server stopped, `pg_checksums --enable` makes them"
        )
    for name in _PASSING:
        if asking.one(f"SELECT current_setting('{name}')") == "on":
            what = "is on: damaged pages are read as if they were whole, or emptied"
            asking.look.flaw(f"setting {name}", what, f"set {name} to off, and see what fails then")
    counted = asking.rows(_FAILURES)
    for name, failures, last in counted:
        if failures:
            find = "find the relation in the server's log, restore it from a backup, look at the disk; the count stays"
            reset = "until pg_stat_reset() there, which empties the database's statistics: ANALYZE it then"
            asking.look.flaw(
                f"database {name}" if name != _SHARED else name,
                f"{failures} page{'s' if failures != 1 else ''} failed when read, the last at {last}",
                f"{find}, no function takes it back" if name == _SHARED else f"{find} {reset}",
            )
    return asking.done(len(counted))
