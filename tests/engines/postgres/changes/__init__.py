"""Changes of one property each, and the way back: what a catalogue has to notice. Data for test_catalog_changes.py."""

from tests.engines.postgres.changes import columns, functions, links, operators, programs, tables, types, views

CHANGES = (
    *tables.CHANGES,
    *columns.CHANGES,
    *views.CHANGES,
    *programs.CHANGES,
    *functions.CHANGES,
    *types.CHANGES,
    *operators.CHANGES,
    *links.CHANGES,
)
