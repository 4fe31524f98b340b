"""The migrations that every tool applies: the same statements, each tool's own file format. Knows no tool's command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Size = Literal["small", "larger"]
Layout = Literal["schemactl", "goose", "golang-migrate", "dbmate", "alembic", "psql"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One small migration. `up` and `down`: statements without `;`."""

    number: int
    up: tuple[str, ...]
    down: tuple[str, ...]

    @property
    def version(self) -> str:
        return f"{self.number:05}"


@dataclass(frozen=True, slots=True)
class Effects:
    """What the migrations leave behind, as counted in the catalogue and in the tables."""

    tables: int
    indexes: int
    columns: int
    rows: int


def migrations(count: int, size: Size = "larger") -> list[Migration]:
    """`count` migrations of one statement (small), or of one or two (larger).

    Of five, three make a table (larger: with a key and an index), one adds a column, one inserts three rows.
    """
    return [_migration(number, size) for number in range(1, count + 1)]


def _migration(number: int, size: Size) -> Migration:
    table = f"t_{number:05}"
    if number % 5 == 4:
        before = f"t_{number - 1:05}"
        return Migration(
            number, (f"ALTER TABLE {before} ADD COLUMN note text",), (f"ALTER TABLE {before} DROP COLUMN note",)
        )
    if number % 5 == 0:
        before = f"t_{number - 2:05}"
        rows = "(1, 'one'), (2, 'two'), (3, 'three')"
        return Migration(number, (f"INSERT INTO {before} (id, name) VALUES {rows}",), (f"DELETE FROM {before}",))
    if size == "small":
        return Migration(number, (f"CREATE TABLE {table} (id bigint, name text)",), (f"DROP TABLE {table}",))
    made = f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text NOT NULL)"
    return Migration(number, (made, f"CREATE INDEX {table}_name ON {table} (name)"), (f"DROP TABLE {table}",))


def effects(count: int, size: Size = "larger") -> Effects:
    """What `migrations(count, size)` must leave, worked out apart from any run."""
    altered, filled = (count + 1) // 5, count // 5
    made = count - altered - filled
    return Effects(
        tables=made, indexes=2 * made if size == "larger" else 0, columns=2 * made + altered, rows=3 * filled
    )


def write(layout: Layout, folder: Path, work: list[Migration]) -> None:
    """Write `work` into `folder`, which must be there, as the tool of that layout reads it."""
    if layout == "psql":
        _write_psql(folder, work)
        return
    if layout == "schemactl":
        _write_project(folder)
        folder = folder / "migrations" / "bench" / "bench"
        folder.mkdir(parents=True)
    for migration in work:
        for name, text in _files(layout, migration).items():
            (folder / name).write_text(text, encoding="utf-8")


def _files(layout: Layout, migration: Migration) -> dict[str, str]:
    up, down = (_sql(statements) for statements in (migration.up, migration.down))
    name = f"{migration.version}_step"
    if layout == "golang-migrate":
        return {f"{name}.up.sql": up, f"{name}.down.sql": down}
    if layout == "goose":
        return {f"{name}.sql": f"-- +goose Up\n{up}\n-- +goose Down\n{down}"}
    if layout == "alembic":
        return {f"{name}.py": _revision(migration)}
    return {f"{name}.sql": f"-- migrate:up\n{up}\n-- migrate:down\n{down}"}


def _sql(statements: tuple[str, ...]) -> str:
    return "".join(f"{statement};\n" for statement in statements)


def _revision(migration: Migration) -> str:
    before = repr(f"{migration.number - 1:05}") if migration.number > 1 else "None"
    lines = [
        '"""step"""',
        "from alembic import op",
        f"revision = {migration.version!r}",
        f"down_revision = {before}",
        "branch_labels = None",
        "depends_on = None",
        "def upgrade():",
        *(f"    op.execute({statement!r})" for statement in migration.up),
        "def downgrade():",
        *(f"    op.execute({statement!r})" for statement in migration.down),
    ]
    return "\n".join(lines) + "\n"


def _write_psql(folder: Path, work: list[Migration]) -> None:
    """One file for one session, as small a ledger as is any use."""
    parts = [
        "CREATE TABLE ledger (version text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());\n"
    ]
    for migration in work:
        parts.append(f"BEGIN;\n{_sql(migration.up)}INSERT INTO ledger (version) VALUES ('{migration.version}');\n")
        parts.append("COMMIT;\n")
    (folder / "all.sql").write_text("".join(parts), encoding="utf-8")


def _write_project(folder: Path) -> None:
    (folder / "schemactl.toml").write_text('default_platform = "bench"\n', encoding="utf-8")
    platform = folder / "schemas" / "bench"
    platform.mkdir(parents=True)
    (platform / "platform.toml").write_text(
        'name = "bench"\n\n[targets.bench]\nengine = "postgres"\n', encoding="utf-8"
    )
