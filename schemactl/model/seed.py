"""What a seed says: rows that a target is to hold, or a script; and what its ledger says of those that ran."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from schemactl.model.version import Version

SeedKind = Literal["rows", "script"]
SeedFormat = Literal["toml", "sql", "cypher", "json", "py"]

# So many of the rows that differ are told with their fields.
SHOWN: Final = 20
_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


class Expanded(str):
    """A text in which variables were replaced: `written` is how the file has it, and all that people are shown."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, value: str, written: str) -> Expanded:
        made = super().__new__(cls, value)
        made.written = written
        return made


class Lookup(NamedTuple):
    """A value that stands in another row: `field` of the one row of `object` that has the values of `by`.

    field  "" for what identifies a row there: the primary key, `_id`
    """

    object: str
    by: Mapping[str, Any]
    field: str = ""


class SeedRow(NamedTuple):
    """One row. What it does not name is left as it is, and on a new row to the engine.

    values  name → value of TOML, None for NULL, Extended JSON (`{"$oid": "…"}`, as written) or a Lookup; each of them
            also within lists and tables. A row of a CSV file has texts and None alone
    at      `file:line`
    """

    values: Mapping[str, Any]
    at: str


class SeedEnd(NamedTuple):
    """One end of a relationship: the node of `label` that has the values of `by`."""

    label: str
    by: Mapping[str, Any]


class SeedRelationship(NamedTuple):
    """A relationship of `type` from one node to another, once between the two; `values` are its properties."""

    type: str
    source: SeedEnd
    to: SeedEnd
    values: Mapping[str, Any]
    at: str


class Rows(NamedTuple):
    """What a declarative seed wants of one object.

    object  table, `schema.table`, collection or `:Label`; "" where there are relationships alone
    key     what tells its rows apart: columns, fields, or expressions of the engine such as `lower(name)`
    where   a condition in the engine's language that rows of the object must meet to be compared; "" for all
    rows    those of a CSV file are made of its text each time one is asked for: to keep them all is the reader's choice
    at      what the seed says of these → `file:line`: `table`, `key`, `where`, `once`
    columns the fields that each row of a CSV file names, with a text or NULL; () for rows of the seed itself
    once    fields that a row is given when it is added: of one that is there nobody compares or changes them
    """

    object: str
    key: tuple[str, ...]
    where: str
    rows: Sequence[SeedRow]
    relationships: tuple[SeedRelationship, ...] = ()
    at: Mapping[str, str] = _NOWHERE
    columns: tuple[str, ...] = ()
    once: frozenset[str] = frozenset()


class SeedFile(NamedTuple):
    """One file of seeds/<platform>/<target>.

    checksum      as of a migration; of a seed with a CSV file, of both
    environments  where it is meant for; empty for everywhere
    location      its absolute path
    """

    version: Version
    name: str
    kind: SeedKind
    shown: str
    checksum: str
    environments: tuple[str, ...]
    format: SeedFormat = "toml"
    location: str = ""

    @property
    def label(self) -> str:
        return f"{self.version}_{self.name}"


class Difference(NamedTuple):
    """A row that is there and is not as the seed says.

    key     what tells the row apart, as text: `name = search`
    fields  each field that differs: its name, what it is, what it is to be, as text
    """

    at: str
    key: str
    fields: tuple[tuple[str, str, str], ...]


class Compared(NamedTuple):
    """A seed's rows (nodes and relationships) set against what is there.

    differences  the first SHOWN of those that changed
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.added or self.changed)


class SeedRecord(NamedTuple):
    """One row of `schema_seeds`: when a seed was last applied, and what it changed then.

    head  the newest migration that was applied by then, "" for none
    """

    version: Version
    name: str
    kind: SeedKind
    checksum: str
    environment: str
    applied_by: str
    tool_version: str
    added: int = 0
    changed: int = 0
    same: int = 0
    head: str = ""
    applied_at: datetime | None = None
