"""roles.toml: what it comes to, and every way in which it can be wrong, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.model.rights import ObjectRights, Wanted
from schemactl.project.roles import wanted
from tests.project.folder import ProjectFolder, refused

FILE = "seeds/jobs/roles.toml"
OWNER = '[[roles]]\nname = "${database}_owner"\nowns = true\n'
APP = '[[roles]]\nname = "${database}_app"\ncan = ["read", "insert"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    return ProjectFolder(tmp_path)


def read(folder: ProjectFolder, *, target: str = "users_db", database: str | None = None) -> Wanted:
    found = wanted(folder.load(), folder.target(target), database=database)
    assert found is not None
    return found


def test_without_a_file_nothing_is_wanted(folder: ProjectFolder) -> None:
    assert wanted(folder.load(), folder.target()) is None


def test_names_are_the_targets_own(folder: ProjectFolder) -> None:
    folder.write(FILE, OWNER + '[[roles]]\nname = "${platform}-${target}-${database}"\n')
    assert [role.name for role in read(folder).roles] == ["users_db_owner", "jobs-users_db-users_db"]
    assert [role.name for role in read(folder, database="d").roles] == ["d_owner", "jobs-users_db-d"]


def test_the_example_of_the_page_is_read(folder: ProjectFolder) -> None:
    page = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    part = page.partition("## roles.toml")[2].partition("| key")[0]
    folder.write(FILE, "\n".join(line.removeprefix("    ") for line in part.splitlines() if line.startswith("    ")))
    found = read(folder)
    by_name = {role.name.removeprefix("users_db_"): role for role in found.all}
    assert (by_name["owner"].owns, by_name["owner"].login, by_name["migrator"].password) == (
        True,
        False,
        "${MIGRATOR_PASSWORD}",
    )
    assert by_name["app"].instead == (
        ObjectRights(("audit_log",), (("read", ()),)),
        ObjectRights(("outbox_events",), (("read", ()), ("insert", ()), ("update", ("published_at", "attempts")))),
    )
    assert by_name["read"].hidden == ("users.password_hash",)
    assert by_name["platform_backup"].options == (("replication", "true"),)
    assert found.shared == (by_name["platform_backup"],)


def test_a_target_adds_roles_and_replaces_keys_of_the_platforms(folder: ProjectFolder) -> None:
    folder.write(FILE, OWNER + APP)
    folder.write(
        "seeds/jobs/users_db/roles.toml",
        '[[roles]]\nname = "users_db_app"\ncan = ["read"]\nhidden = ["users.x"]\n[[roles]]\nname = "more"\n',
    )
    app = read(folder).roles[1]
    assert (app.can, app.hidden, app.at) == (("read",), ("users.x",), "seeds/jobs/users_db/roles.toml:1")
    assert [role.name for role in read(folder).roles] == ["users_db_owner", "users_db_app", "more"]
    assert [role.name for role in read(folder, target="events_db").roles] == ["events_db_owner", "events_db_app"]
    assert read(folder, target="events_db").roles[1].can == ("read", "insert")


def test_a_role_for_other_engines_is_not_wanted_here(folder: ProjectFolder) -> None:
    folder.write(FILE, OWNER + '[[roles]]\nname = "m"\nengines = ["mongodb"]\n')
    assert [role.name for role in read(folder).roles] == ["users_db_owner"]
    assert not read(folder).asked


@pytest.mark.parametrize(
    ("text", "line", "kind", "said"),
    [
        ("[[roles]]\n", 1, "missing_key", "`name` is missing"),
        ('[[roles]]\nname = "a"\nowner = true\n', 3, "unknown_key", "unknown key `owner`"),
        ('[[rolls]]\nname = "a"\n', 1, "unknown_key", "unknown key `rolls`"),
        (APP + APP, 4, "repeated", "has a second table"),
        ('[[roles]]\nname = "${databse}_app"\n', 2, "reference", "stands for nothing"),
        ('[[roles]]\nname = "' + "a" * 64 + '"\n', 2, "wrong_name", "longer than 63 bytes"),
        ('[[roles]]\nname = "a "\n', 2, "wrong_name", "blank at its ends"),
        ('[[roles]]\nname = "a"\ncan = ["reed"]\n', 3, "wrong_value", "no verb `reed`"),
        ('[[roles]]\nname = "a"\ncan = ["read", "read"]\n', 3, "repeated", "twice"),
        ('[[roles]]\nname = "a"\ncan = [{ update = ["x"] }]\n', 3, "wrong_value", "columns of which table"),
        ('[[roles]]\nname = "a"\ncan = "read"\n', 3, "wrong_type", "no list of verbs"),
        ('[[roles]]\nname = "a"\ncan = [1]\n', 3, "wrong_type", "holds what is no verb"),
        ('[[roles]]\nname = "a"\n[[roles.instead]]\ncan = ["read"]\n', 3, "missing_key", "`objects` is missing"),
        ('[[roles]]\nname = "a"\n[[roles.instead]]\nobjects = ["t"]\n', 3, "missing_key", "`can` is missing"),
        (
            '[[roles]]\nname = "a"\n[[roles.instead]]\nobjects = ["t"]\ncan = []\n'
            '[[roles.instead]]\nobjects = ["u", "t"]\ncan = []\n',
            7,
            "repeated",
            "`t` has a second",
        ),
        (
            '[[roles]]\nname = "a"\n[[roles.instead]]\nobjects = ["t"]\ncan = [{ delete = ["x"] }]\n',
            5,
            "wrong_value",
            "of whole rows",
        ),
        ('[[roles]]\nname = "a"\ncan = ["read"]\nhidden = ["users"]\n', 4, "wrong_value", "names no column"),
        ('[[roles]]\nname = "a"\ncan = ["read"]\nhidden = ["public.*.x"]\n', 4, "wrong_value", "stands for nothing"),
        ('[[roles]]\nname = "a"\nhidden = ["users.x"]\n', 3, "wrong_value", "nothing is hidden"),
        ('[[roles]]\nname = "a"\nowns = true\nlogin = true\n', 4, "wrong_value", "never logs in"),
        ('[[roles]]\nname = "a"\nowns = true\ncan = ["read"]\n', 4, "wrong_value", "may do everything"),
        ('[[roles]]\nname = "a"\nowns = true\npassword = "${A}"\n', 4, "wrong_value", "has a password"),
        ('[[roles]]\nname = "a"\nmigrates = true\nlogin = false\n', 4, "wrong_value", "logs in for it"),
        ('[[roles]]\nname = "a"\nmigrates = true\n', 3, "missing_key", "no owner that it could work as"),
        ('[[roles]]\nname = "a"\nowns = true\n[[roles]]\nname = "b"\nowns = true\n', 6, "repeated", "both have `owns`"),
        ('[[roles]]\nname = "a"\nengines = ["postgre"]\n', 3, "wrong_value", "no engine `postgre`"),
        ('[[roles]]\nname = "a"\nmember_of = ["b"]\n', 3, "unknown_role", "`b` is no role of this file"),
        (
            '[[roles]]\nname = "a"\nmember_of = ["b"]\n[[roles]]\nname = "b"\nmember_of = ["a"]\n',
            3,
            "cycle",
            "a member of itself",
        ),
        ('[[roles]]\nname = "a"\nconnections = 0\n', 3, "wrong_value", "less than 1"),
        ('[[roles]]\nname = "a"\nreplication = true\n', 3, "unknown_key", "unknown key `replication`"),
        ('[[cluster_roles]]\nname = "a"\n', 1, "missing_key", "`engine` is missing"),
        ('[[cluster_roles]]\nname = "${database}"\nengine = "postgres"\n', 2, "reference", "stands for nothing"),
        ('[[cluster_roles]]\nname = "a"\nengine = "postgres"\ncan = ["read"]\n', 4, "unknown_key", "unknown key `can`"),
        (
            '[[roles]]\nname = "a"\n[[cluster_roles]]\nname = "a"\nengine = "postgres"\n',
            2,
            "repeated",
            "a cluster role too",
        ),
    ],
)
def test_what_does_not_hold_is_refused_in_its_place(
    folder: ProjectFolder, text: str, line: int, kind: str, said: str
) -> None:
    folder.write(FILE, text)
    with refused(f"{FILE}:{line}", kind=kind, said=said):
        read(folder)


@pytest.mark.parametrize("written", ["hunter2", "hunter2${A}", "$${A}", "${A}${B}", "${}"])
def test_a_password_as_text_is_refused_and_not_quoted(folder: ProjectFolder, written: str) -> None:
    folder.write(FILE, f'[[roles]]\nname = "a"\npassword = "{written}"\n')
    with refused(f"{FILE}:3", kind="literal_password", said="a password stands in the file"):
        read(folder)


def test_cluster_roles_belong_into_the_platforms_file(folder: ProjectFolder) -> None:
    folder.write("seeds/jobs/users_db/roles.toml", '[[cluster_roles]]\nname = "a"\nengine = "postgres"\n')
    with refused("seeds/jobs/users_db/roles.toml:1", kind="unknown_key"):
        read(folder)


def test_what_a_target_has_or_gets_is_named_by_platform_toml_and_by_json_migrations(folder: ProjectFolder) -> None:
    folder.write(FILE, APP)
    assert read(folder).named == ("users",)
    folder.write(
        "schemas/jobs/platform.toml",
        'name = "jobs"\n[targets.users_db]\nengine = "mongodb"\ntables = ["users"]\ncopies = ["countries"]\n'
        '[targets.events_db]\nengine = "postgres"\n',
    )
    commands = """{"create": "orders"}, {"createIndexes": "users", "indexes": []}, {"renameCollection": "orders",
        "to": "bills"}, {"dropUser": "somebody"}, {"insert": "users", "documents": [{}]}"""
    folder.migration("0001_a.json", '{"up": [' + commands + '], "down": [{"create": "never"}]}')
    assert read(folder).named == ("users", "countries", "orders", "bills")
    # Whoever migrates is told of a file that cannot be read.
    folder.migration("0002_b.json", "{")
    assert set(read(folder).named) >= {"users", "countries"}
