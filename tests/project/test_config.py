"""schemactl.toml: found from any folder of the project, read whole, refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.project.config import Defaults, load
from tests.project.folder import ProjectFolder, refused

FULL = """\
default_platform = "jobs"
default_environment = "dev"

[defaults]
lock_timeout = "500ms"
statement_timeout = "10min"
tries = 3
connections = 8
lease = "4s"

[environments.dev.urls]
"jobs/users_db" = "postgresql://app:${PW}@db/users"

[environments.prod]
protected = true
[environments.prod.urls.jobs]
users_db = "file:/run/secrets/users_db"
events_db = "cmd:pass show events"
"""


def test_everything_that_the_file_says_is_there(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", FULL)
    project = folder.load()
    assert (project.platforms, project.default_platform, project.default_environment) == (("jobs",), "jobs", "dev")
    assert project.defaults == Defaults(
        lock_timeout_ms=500, statement_timeout_ms=600_000, tries=3, connections=8, lease_ms=4_000
    )
    assert {name: env.protected for name, env in project.environments.items()} == {"dev": False, "prod": True}
    assert {name: url.at for name, url in project.environments["prod"].urls.items()} == {
        "jobs/users_db": "schemactl.toml:17",
        "jobs/events_db": "schemactl.toml:18",
    }


def test_an_empty_file_is_a_project_with_the_defaults(folder: ProjectFolder) -> None:
    project = folder.load()
    assert project.defaults == Defaults()
    assert (project.defaults.lock_timeout_ms, project.defaults.lease_ms) == (5_000, 30_000)
    assert (project.default_platform, project.default_environment, dict(project.environments)) == (None, None, {})


def test_a_byte_order_mark_and_crlf_change_nothing(folder: ProjectFolder) -> None:
    plain = folder.write("schemactl.toml", FULL) and folder.load()
    folder.write("schemactl.toml", b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert folder.load() == plain


def test_the_project_is_found_from_any_folder_in_it(folder: ProjectFolder) -> None:
    deep = folder.root / "migrations/jobs/users_db"
    assert load(deep, environ={}).root == folder.root


def test_without_a_folder_the_current_one_counts(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.root / "schemas")
    assert load(None, environ={}).root == folder.root


def test_the_nearest_project_wins(folder: ProjectFolder) -> None:
    inner = folder.write("inner/schemactl.toml", "").parent
    assert load(inner, environ={}).root == inner


def test_outside_a_project_the_way_to_start_one_is_told(tmp_path: Path) -> None:
    with refused(str(tmp_path), kind="no_project", said="no schemactl.toml", do="schemactl init"):
        load(tmp_path, environ={})


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with refused(str(tmp_path / "gone"), kind="no_project", said="no such folder"):
        load(tmp_path / "gone", environ={})


@pytest.mark.parametrize(
    ("text", "line", "kind", "said", "do"),
    [
        ("\ndefault_platfrom = 'jobs'", 2, "unknown_key", "`default_platfrom`", "did you mean `default_platform`?"),
        ("[defaults]\ntries = 1\nretries = 1", 3, "unknown_key", "`retries` in [defaults]", "`tries`"),
        ("[environments.dev]\nprotect = true", 2, "unknown_key", "[environments.dev]", "`protected`"),
        ("default_platform = 'job'", 1, "wrong_value", "'job'", "`jobs`"),
        ("default_environment = 'prod'\n[environments.dev]", 1, "wrong_value", "'prod'", "known here: dev, sandbox"),
        ("default_platform = 1", 1, "wrong_type", "a number, not a string", ""),
        ("default_platform = ' '", 1, "wrong_value", "is empty", ""),
        ("[defaults]\ntries = true", 2, "wrong_type", "true or false, not a whole number", ""),
        ("[defaults]\ntries = 0", 2, "wrong_value", "less than 1", ""),
        ("[defaults]\nconnections = 1.5", 2, "wrong_type", "a number, not a whole number", ""),
        ("[defaults]\nlease = '1s'", 2, "wrong_value", "shorter than 2 s", "30s"),
        ("[defaults]\n\nlock_timeout = '5 sec'", 3, "wrong_value", "'5 sec'", 'lock_timeout = "5s"'),
        ("[defaults]\nstatement_timeout = 5", 2, "wrong_type", "not a string", ""),
        ("defaults = []", 1, "wrong_type", "a list, not a table", ""),
        ("[environments]\ndev = 1", 2, "wrong_type", "not a table", ""),
        ("[environments.'a b']", 1, "wrong_name", "`a b`", "a letter"),
        ("[environments.dev]\nprotected = 'yes'", 2, "wrong_type", "not true or false", ""),
        ("[environments.dev.urls]\nusers_db = 'x'", 2, "wrong_name", "names no target", "platform/target"),
        ("[environments.dev.urls]\n'job/users_db' = 'x'", 2, "unknown_platform", "`job`", "`jobs`"),
        ("[environments.dev.urls.jobs]\n'Users' = 'x'", 2, "wrong_name", "jobs/Users", ""),
        ("[environments.dev.urls]\n'jobs/users_db' = 7", 2, "wrong_type", "not a string", ""),
        (
            "[environments.dev.urls]\n'jobs/a' = 'file:x'\n[environments.dev.urls.jobs]\na = 'file:y'",
            4,
            "repeated",
            "the first: schemactl.toml:2",
            "",
        ),
        ("a = 1\nb = [1,", 2, "toml", "not TOML", ""),
        ("a = 1\na = 2\n", 2, "toml", "not TOML", ""),
        (b"\n\n# caf\xe9", 3, "encoding", "not UTF-8", "UTF-8"),
    ],
)
def test_what_does_not_hold_is_refused_on_its_line(
    folder: ProjectFolder, text: str | bytes, line: int, kind: str, said: str, do: str
) -> None:
    folder.write("schemactl.toml", text)
    with refused(f"schemactl.toml:{line}", kind=kind, said=said, do=do):
        folder.load()


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://app:hunter2@db/users",
        "postgresql://app:pre${PW}@db/users",
        "postgresql://app:$${PW}@db/users",
        "postgresql://db/users?password=hunter2",
        "host=db password=hunter2",
        "cmd:echo postgresql://app:hunter2@db/users",
    ],
)
def test_a_literal_password_is_refused_and_not_repeated(folder: ProjectFolder, value: str) -> None:
    folder.write("schemactl.toml", f'[environments.dev.urls]\n"jobs/users_db" = "{value}"\n')
    with pytest.raises(ConfigError) as raised:
        folder.load()
    error = raised.value
    assert (error.code, error.at, error.kind) == (10, "schemactl.toml:2", "literal_password")
    assert "${NAME}" in (error.do or "")
    assert "hunter2" not in "\n".join(error.lines())


@pytest.mark.parametrize("value", ["postgresql://${1X}@db/users", "postgresql://app:${PW@db/users", "${}"])
def test_a_reference_that_names_no_variable_is_refused(folder: ProjectFolder, value: str) -> None:
    folder.write("schemactl.toml", f'[environments.dev.urls]\n"jobs/users_db" = "{value}"\n')
    with refused("schemactl.toml:2", kind="reference", do="$${"):
        folder.load()


def test_a_folder_that_cannot_name_a_platform_is_refused(folder: ProjectFolder) -> None:
    folder.write("schemas/Jobs-2/platform.toml", "")
    with refused("schemas/Jobs-2", kind="wrong_name", said="`Jobs-2`"):
        folder.load()


def test_a_platform_is_the_one_asked_for_else_the_default_else_the_only_one(folder: ProjectFolder) -> None:
    assert folder.load().platform_name(None) == "jobs"
    folder.write("schemas/career/platform.toml", "")
    assert folder.load().platform_name(None) is None
    assert folder.load().platform_name("career") == "career"
    folder.write("schemactl.toml", 'default_platform = "jobs"')
    assert folder.load().platform_name(None) == "jobs"


def test_a_platform_that_is_not_there_is_answered_with_the_nearest(folder: ProjectFolder) -> None:
    with refused(f"{folder.root}/schemas", kind="unknown_platform", do="did you mean `jobs`?"):
        folder.load().platform_name("jobz")


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with refused(None, kind="no_project", said="the current folder is gone"):
        load(None, environ={})


def test_a_link_that_leads_nowhere_is_no_missing_project(folder: ProjectFolder) -> None:
    (folder.root / "schemactl.toml").unlink()
    (folder.root / "schemactl.toml").symlink_to("gone")
    with refused("schemactl.toml", kind="unreadable", said="No such file"):
        folder.load()


def test_an_environment_is_the_one_asked_for_else_the_default(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", FULL)
    project = folder.load()
    assert project.environment(None) == project.environments["dev"]
    assert project.environment("prod") == project.environments["prod"]
    sandbox = project.environment("sandbox")
    assert sandbox is not None
    assert sandbox.name == "sandbox"
    with refused("schemactl.toml", kind="unknown_environment", do="did you mean `prod`?"):
        project.environment("prods")


def test_the_environment_of_the_process_is_in_no_text_of_the_project(folder: ProjectFolder) -> None:
    assert "hunter2" not in repr(folder.load({"PW": "hunter2"}))
