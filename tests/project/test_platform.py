"""platform.toml: read whole, refused with file and line, and with the nearest word that would have held."""

from __future__ import annotations

import pytest

from schemactl.project.platform import load_platform
from schemactl.project.references import Endpoint
from tests.project.folder import PLATFORM, ProjectFolder, refused

FILE = "schemas/jobs/platform.toml"
LINES = PLATFORM.count("\n")

FULL = (
    """\
name = "jobs"

[targets.users_db]
engine = "postgres"
tables = ["users", "app.*"]
copies = ["countries"]
database = "users"
rolling = ["users", "app.events"]

[targets.skills]
engine = "mongodb"

[[references]]
from = "users_db.profiles.(country, city)"
to = "users_db.places.(country,city)"
on_orphan = "warn"
max_orphans = 5

[[references]]
from = { target = "skills", object = "milestones", path = "a.\\"b.c\\"[].id", as = "oid", where = "x", ignore = ["""
    + ('"-"')
    + """] }
to = { target = "users_db", object = "app.skills", path = "id", as = "oid" }

[split]
source = "mono"
on_crossing = "drop"
[[split.map]]
table = "users"
to = "users_db.accounts"
columns = { id = "id", email = "login" }
where = "deleted_at IS NULL"
"""
)


def test_everything_that_the_file_says_is_there(folder: ProjectFolder) -> None:
    folder.write(FILE, FULL)
    for name in ("users_db", "skills"):
        (folder.root / "migrations/jobs" / name).mkdir(exist_ok=True)
    (folder.root / "migrations/jobs/events_db").rmdir()
    platform = folder.platform()
    users = platform.target("jobs/users_db")
    assert (users.rolling, platform.target("skills").rolling) == (("users", "app.events"), ())
    assert (users.engine, users.tables, users.copies, users.database, users.at, str(users)) == (
        "postgres",
        ("users", "app.*"),
        ("countries",),
        "users",
        f"{FILE}:3",
        "jobs/users_db",
    )
    assert platform.target("skills").database == "skills"
    short, full = platform.references
    assert (short.on_orphan, short.max_orphans, short.at) == ("warn", 5, f"{FILE}:13")
    assert short.source == Endpoint(target="users_db", object="profiles", path="(country, city)")
    assert full.on_orphan == "fail"
    assert full.source == Endpoint(
        target="skills", object="milestones", path='a."b.c"[].id', compare_as="oid", where="x", ignore=("-",)
    )
    assert platform.split is not None
    assert platform.split["map"][0]["columns"] == {"id": "id", "email": "login"}


def test_a_platform_without_a_split_has_none(folder: ProjectFolder) -> None:
    assert folder.platform().split is None


@pytest.mark.parametrize(
    ("text", "line", "kind", "said", "do"),
    [
        ("engine_version = 3", 1, "unknown_key", "`engine_version`", "known here: name, references, split, targets"),
        ("[target.x]", 1, "unknown_key", "`target`", "did you mean `targets`?"),
        ("[targets.Users]\nengine = 'postgres'", 1, "wrong_name", "`Users`", "lower-case"),
        ("[targets.x]\nengine = 'postgresql'", 2, "wrong_value", "'postgresql'", "did you mean `postgres`?"),
        ("[targets.x]\ntables = []", 1, "missing_key", "`engine` is missing in [targets.x]", "engine ="),
        ("[targets.x]\nengine = 'neo4j'\ntable = []", 3, "unknown_key", "`table`", "`tables`"),
        ("[targets.x]\nengine = 'neo4j'\ntables = 'users'", 3, "wrong_type", "a string, not a list", ""),
        ("[targets.x]\nengine = 'neo4j'\ntables = [\n'a',\n 7]", 5, "wrong_type", "a number", ""),
        ("[targets.x]\nengine = 'neo4j'\ntables = [\n'a',\n'a']", 5, "repeated", "'a' twice", ""),
        ("[targets.x]\nengine = 'neo4j'\ntables = ['a']\ncopies = [\n'a']", 5, "repeated", "owned by x", ""),
        ("[targets.x]\nengine = 'neo4j'\ndatabase = ''", 3, "wrong_value", "empty", ""),
        ("[targets.x]\nengine = 'mongodb'\ntables = ['a']\nrolling = ['a']", 4, "wrong_value", "PostgreSQL", "leave"),
        ("[targets.x]\nengine = 'postgres'\ntables = ['ab']\nrolling = [\n'abc']", 5, "wrong_value", "`abc`", "`ab`"),
        ("[targets.x]\nengine = 'postgres'\ntables = ['a.*']\nrolling = [\n'b.c']", 5, "wrong_value", "`b.c`", ""),
        ("[[references]]\nto = 'users_db.a.b'", 1, "missing_key", "`from` is missing", ""),
        ("[[references]]\nfrom = 'user_db.a.b'", 2, "unknown_target", "`user_db`", "did you mean `users_db`?"),
        ("[[references]]\nfrom = 'users_db.a'", 2, "wrong_value", "not target.table.column", "object ="),
        ("[[references]]\nfrom = 'users_db.app.a.b'", 2, "wrong_value", "not target.table.column", "object ="),
        ("[[references]]\nfrom = 'users_db.a.b'\nto = 'users_db.a.(b,c)'", 3, "wrong_value", "1 columns", "as many"),
        ("[[references]]\nfrom = 'users_db.a.b'\nto = 'users_db.a.b'\nonorphan = 1", 4, "unknown_key", "", "on_orphan"),
        ("[[references]]\nfrom='users_db.a.b'\nto='users_db.a.b'\non_orphan = 'skip'", 4, "wrong_value", "'skip'", ""),
        ("[[references]]\nfrom='users_db.a.b'\nto='users_db.a.b'\nmax_orphans = -1", 4, "wrong_value", "-1", ""),
        ("[[references]]\nfrom = 7", 2, "wrong_type", "a number", ""),
        ("references = [1]", 1, "wrong_type", "a number", ""),
        ("[[references]]\nfrom.target = 'users_db'\nfrom.object = 'a'", 2, "missing_key", "`path`", ""),
        (
            "[[references]]\n[references.from]\ntarget = 'users_db'\nobject = 'a'\npath = 'b..c'",
            5,
            "wrong_value",
            "'b..c'",
            "joined by `.`",
        ),
        (
            "[[references]]\n[references.from]\ntarget = 'users_db'\nobject = 'a'\npath = 'b'\nas = 'UUID'",
            6,
            "wrong_value",
            "'UUID'",
            "uuid",
        ),
        ("[split]\non_crossing = 'drop'", 1, "missing_key", "`source`", ""),
        ("[split]\nsource = 'm'\non_crossing = 'keep'", 3, "wrong_value", "refuse, drop", ""),
        ("[split]\nsource = 'm'\n[[split.map]]\nto = 'users_db.a'", 3, "missing_key", "`table`", ""),
        ("[split]\nsource = 'm'\n[[split.map]]\ntable = 'a'\nto = 'a'", 5, "wrong_value", "target.table", ""),
        ("[split]\nsource = 'm'\n[[split.map]]\ntable = 'a'\nto = 'b.a'", 5, "unknown_target", "`b`", "events_db"),
        (
            "[split]\nsource = 'm'\n[[split.map]]\ntable = 'a'\nto = 'users_db.a'\ncolumns = { id = 1 }",
            6,
            "wrong_type",
            "`id`",
            "",
        ),
        (
            "[split]\nsource = 'm'\n[[split.map]]\ntable = 'a'\nto = 'users_db.a'\nembed = 1",
            6,
            "wrong_type",
            "`embed`",
            "",
        ),
    ],
)
def test_what_does_not_hold_is_refused_on_its_line(
    folder: ProjectFolder, text: str, line: int, kind: str, said: str, do: str
) -> None:
    top_level = not text.startswith("[")
    folder.write(FILE, f"{text}\n{PLATFORM}" if top_level else f"{PLATFORM}{text}\n")
    with refused(f"{FILE}:{line if top_level else LINES + line}", kind=kind, said=said, do=do):
        folder.platform()


def test_a_name_that_is_not_its_folders_is_refused(folder: ProjectFolder) -> None:
    folder.write(FILE, PLATFORM.replace('"jobs"', '"job"'))
    with refused(f"{FILE}:1", kind="wrong_name", said="`job`", do='name = "jobs"'):
        folder.platform()


def test_a_platform_without_targets_is_refused(folder: ProjectFolder) -> None:
    folder.write(FILE, 'name = "jobs"\n')
    with refused(f"{FILE}:1", kind="missing_key", said="no target", do="[targets.NAME]"):
        folder.platform()


def test_a_platform_without_its_file_says_which_to_create(folder: ProjectFolder) -> None:
    with refused("schemas/career/platform.toml", kind="missing_folder", do="create schemas/career/platform.toml"):
        load_platform(folder.load(), "career")


def test_a_file_that_is_a_folder_is_refused(folder: ProjectFolder) -> None:
    folder.write("schemas/odd/platform.toml/x", "")
    with refused("schemas/odd/platform.toml", kind="unreadable"):
        load_platform(folder.load(), "odd")


def test_a_target_that_is_not_there_is_answered_with_the_nearest(folder: ProjectFolder) -> None:
    with refused(FILE, kind="unknown_target", said="`user_db`", do="did you mean `users_db`?"):
        folder.target("user_db")


@pytest.mark.parametrize("place", ["migrations/jobs/user_db", "schemas/jobs/checks/user_db"])
def test_a_folder_of_no_target_is_not_passed_over(folder: ProjectFolder, place: str) -> None:
    (folder.root / place).mkdir(parents=True)
    with refused(place, kind="unknown_target", said="of jobs", do="did you mean `users_db`?"):
        folder.platform()


def test_hidden_and_underscored_folders_are_passed_over(folder: ProjectFolder) -> None:
    (folder.root / "migrations/jobs/_old").mkdir()
    (folder.root / "migrations/jobs/.cache").mkdir()
    assert [target.name for target in folder.platform().targets] == ["users_db", "events_db"]
