"""The migration files of a target: sorted by number, hashed, and none passed over without a word."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemactl.errors import ConfigError
from schemactl.model.migration import MigrationFile
from schemactl.project.migrations import file_names, folder_of, migrations
from schemactl.project.scripts import script_of
from tests.project.folder import PLATFORM, ProjectFolder, refused

PLACE = "migrations/jobs/users_db"


def read(folder: ProjectFolder, target: str = "users_db") -> tuple[MigrationFile, ...]:
    return migrations(folder.load(), folder.target(target))


def test_an_empty_folder_has_no_migrations(folder: ProjectFolder) -> None:
    assert read(folder) == ()


def test_files_come_in_order_of_their_number_whatever_their_width(folder: ProjectFolder) -> None:
    names = ["010_j.sql", "9_i.sql", "20260101120000_late.py", "0002_b.sql", "1_a.sql"]
    for name in names:
        folder.migration(name)
    assert [file.label for file in read(folder)] == ["1_a", "0002_b", "9_i", "010_j", "20260101120000_late"]


def test_a_file_is_told_with_its_path_text_format_and_hash(folder: ProjectFolder) -> None:
    raw = b"\xef\xbb\xbf-- migrate:up\r\nSELECT 1;\r\n"
    path = folder.migration("007_add.v2-city.sql", raw)
    (file,) = read(folder)
    assert file == MigrationFile(
        version=file.version,
        name="add.v2-city",
        format="sql",
        location=str(path),
        shown=f"{PLACE}/007_add.v2-city.sql",
        text="-- migrate:up\nSELECT 1;\n",
        checksum=hashlib.sha256(b"-- migrate:up\nSELECT 1;\n").hexdigest(),
    )
    assert str(file.version) == "007"


def test_a_file_larger_than_one_read_is_read_whole(folder: ProjectFolder) -> None:
    text = "-- migrate:up\nSELECT 1;\n" + "-- more\n" * 50_000
    folder.migration("1_a.sql", text)
    assert read(folder)[0].text == text


def test_hidden_and_underscored_names_and_folders_are_passed_over(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql")
    for name in (".gitkeep", "_draft.sql", ".1_b.sql.swp", "__pycache__/x.pyc", "notes/readme"):
        folder.migration(name)
    assert [file.label for file in read(folder)] == ["1_a"]


def test_a_link_to_a_file_is_the_file(folder: ProjectFolder) -> None:
    (folder.root / PLACE / "1_a.sql").symlink_to(folder.write("shared.sql", "-- migrate:up\nSELECT 2;\n"))
    assert read(folder)[0].text == "-- migrate:up\nSELECT 2;\n"


def test_two_files_of_one_number_are_named_with_both_paths(folder: ProjectFolder) -> None:
    folder.migration("7_a.sql")
    folder.migration("007_b.sql")
    with refused(
        f"{PLACE}/7_a.sql", kind="duplicate_version", said=f"version 7: {PLACE}/007_b.sql and {PLACE}/7_a.sql"
    ):
        read(folder)


@pytest.mark.parametrize(
    "name",
    [
        "add_city.sql",
        "1.sql",
        "1_.sql",
        "1-a.sql",
        "1_a",
        "1_a.sql~",
        "1_a.sql.bak\n",
        "1 _a.sql",
        "1_a b.sql",
        "1__a.sql",
        "1_\u00e9.sql",
        "\u0661_a.sql",
        "v1_a.sql",
        "-1_a.sql",
        "README.md",
    ],
)
def test_a_name_that_does_not_fit_is_refused(folder: ProjectFolder, name: str) -> None:
    folder.migration(name)
    with refused(f"{PLACE}/{name}", kind="wrong_name", said=name, do="NNNN_words_of_it.ext"):
        read(folder)


@pytest.mark.parametrize(
    ("engine", "name", "taken"),
    [
        ("postgres", "1_a.cypher", ".sql and .py"),
        ("postgres", "1_a.json", ".sql and .py"),
        ("postgres", "1_a.SQL", ".sql and .py"),
        ("postgres", "1_a.sql.bak", ".sql and .py"),
        ("clickhouse", "1_a.json", ".sql and .py"),
        ("mongodb", "1_a.sql", ".json and .py"),
        ("neo4j", "1_a.sql", ".cypher and .py"),
    ],
)
def test_a_format_that_the_engine_does_not_take_is_refused(
    folder: ProjectFolder, engine: str, name: str, taken: str
) -> None:
    folder.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", engine, 1))
    folder.migration(name)
    with refused(f"{PLACE}/{name}", kind="wrong_format", said=f"a {engine} target takes {taken}"):
        read(folder)


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(folder: ProjectFolder, data: bytes) -> None:
    folder.migration("1_a.sql", data)
    with refused(f"{PLACE}/1_a.sql:1", kind="empty_file", said="empty"):
        read(folder)


def test_a_file_that_is_not_utf_8_is_refused_on_the_line_of_its_first_wrong_byte(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql", b"-- migrate:up\n\n-- caf\xe9\n")
    with refused(f"{PLACE}/1_a.sql:3", kind="encoding", said="UTF-8", do="UTF-8"):
        read(folder)


def test_a_missing_folder_says_which_to_create(folder: ProjectFolder) -> None:
    (folder.root / PLACE).rmdir()
    with refused(PLACE, kind="missing_folder", do=f"create the folder {PLACE}"):
        migrations(folder.load(), folder.target())


def test_a_file_in_place_of_the_folder_is_refused(folder: ProjectFolder) -> None:
    (folder.root / PLACE).rmdir()
    folder.write(PLACE, "")
    with refused(PLACE, kind="unreadable", said="Not a directory"):
        read(folder)


def test_a_link_that_leads_to_itself_is_refused(folder: ProjectFolder) -> None:
    loop = folder.root / PLACE / "1_a.sql"
    loop.symlink_to(loop)
    with refused(f"{PLACE}/1_a.sql", kind="unreadable", said="symbolic links"):
        read(folder)


def test_a_folder_that_links_to_itself_is_refused(folder: ProjectFolder) -> None:
    place = folder.root / PLACE
    project, target = folder.load(), folder.target()
    place.rmdir()
    place.symlink_to(place)
    with refused(PLACE, kind="unreadable", said="symbolic links"):
        migrations(project, target)


def test_a_link_that_leads_nowhere_is_refused(folder: ProjectFolder) -> None:
    (folder.root / PLACE / "1_a.sql").symlink_to("gone.sql")
    with refused(f"{PLACE}/1_a.sql", kind="unreadable", said="leads nowhere"):
        read(folder)


def test_a_pipe_is_refused_and_not_waited_for(folder: ProjectFolder) -> None:
    os.mkfifo(folder.root / PLACE / "1_a.sql")
    with refused(f"{PLACE}/1_a.sql", kind="unreadable", said="neither a file nor a folder"):
        read(folder)


def test_names_alone_are_told_without_opening_a_file(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql", b"\xff")
    ((version, slug, written, name),) = file_names(folder.load(), folder.target())
    assert (str(version), slug, written, name) == ("1", "a", "sql", "1_a.sql")


def test_a_targets_migrations_stand_in_a_folder_of_its_name(folder: ProjectFolder) -> None:
    assert folder_of(folder.load(), folder.target()) == folder.root / PLACE


versions = st.tuples(st.integers(0, 10**20), st.integers(1, 24))


@settings(max_examples=40)
@given(st.lists(versions, unique_by=lambda version: version[0], max_size=8))
def test_any_versions_come_back_as_written_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[int, int]]
) -> None:
    folder = ProjectFolder(tmp_path_factory.mktemp("versions"))
    written = {number: f"{number:0{width}d}" for number, width in wanted}
    for text in written.values():
        folder.migration(f"{text}_x.sql")
    assert [str(file.version) for file in read(folder)] == [written[number] for number in sorted(written)]


@settings(max_examples=40)
@given(number=st.integers(0, 10**12), widths=st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_two_widths_of_one_number_are_one_version(
    tmp_path_factory: pytest.TempPathFactory, number: int, widths: tuple[int, int]
) -> None:
    folder = ProjectFolder(tmp_path_factory.mktemp("widths"))
    for letter, width in zip("ab", widths, strict=True):
        folder.migration(f"{number:0{width}d}_{letter}.sql")
    with pytest.raises(ConfigError) as raised:
        read(folder)
    assert (raised.value.code, raised.value.kind) == (10, "duplicate_version")


def test_a_sql_file_is_cut_into_statements(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql", "-- Cities\n-- migrate:up\nSELECT 1;\nSELECT 2;\n-- migrate:down\nSELECT 3;\n")
    script = script_of(read(folder)[0], "postgres")
    assert script.description == "Cities"
    assert [statement.line for statement in script.up.statements] == [3, 4]
    assert script.down is not None


def test_a_python_file_tells_its_directives_and_whether_there_is_a_way_back(folder: ProjectFolder) -> None:
    folder.migration("1_a.py", "# schemactl: requires=events_db@1\ndef up(ctx):\n    pass\n")
    script = script_of(read(folder)[0], "postgres")
    assert script.up.directives.requires == (("events_db@1", 1),)
    assert (script.up.statements, script.down) == ((), None)


def test_a_torn_file_is_refused_with_its_line(folder: ProjectFolder) -> None:
    folder.migration("1_a.sql", "-- migrate:up\nCREATE TABLE a (\n")
    (file,) = read(folder)
    with pytest.raises(ConfigError) as raised:
        script_of(file, "postgres")
    assert (raised.value.code, raised.value.at) == (10, f"{PLACE}/1_a.sql:2")


def test_a_json_file_is_cut_into_its_commands(folder: ProjectFolder) -> None:
    folder.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", "mongodb", 1))
    folder.migration("1_a.json", '{"up": [{"create": "a"}],\n"down": [{"drop": "a"}, {"drop": "b"}]}')
    (file,) = read(folder)
    script = script_of(file, "mongodb")
    assert script.down is not None
    assert [one.words for one in script.up.statements] == [("create", "a")]
    assert [one.line for one in script.down.statements] == [2, 2]


def test_a_file_that_fails_under_reading_is_refused(folder: ProjectFolder) -> None:
    # Opens for everyone, root too, and answers the first read with EIO.
    (folder.root / PLACE / "1_a.sql").symlink_to("/proc/self/mem")
    with refused(f"{PLACE}/1_a.sql", kind="unreadable", said="Input/output error"):
        read(folder)
