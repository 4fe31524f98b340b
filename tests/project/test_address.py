"""Where a target lives: the first source that says so, checked, and never shown with its password."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemactl.errors import ConfigError
from schemactl.project.address import Address, check_overrides, resolve, variable_name
from schemactl.project.config import load
from schemactl.project.platform import Target, load_platform
from schemactl.project.url import check_url
from tests.project.folder import PLATFORM, ProjectFolder, refused

VARIABLE = "SCHEMACTL_URL__JOBS__USERS_DB"
CONFIG = """\
[environments.dev.urls]
"jobs/users_db" = "postgresql://app:${PW}@dev/users"
[environments.prod]
protected = true
"""


def find(
    folder: ProjectFolder,
    environ: Mapping[str, str] | None = None,
    *,
    environment: str | None = None,
    overrides: Mapping[str, str] | None = None,
    allow_password_in_argv: bool = False,
    sandbox: Callable[[Target], str | None] | None = None,
) -> Address:
    project = folder.load(environ)
    platform = load_platform(project, "jobs")
    return resolve(
        project,
        platform,
        platform.target("users_db"),
        environment=environment,
        overrides=overrides,
        allow_password_in_argv=allow_password_in_argv,
        sandbox=sandbox,
    )


def on_sandbox(target: Target) -> str:
    return f"postgresql://postgres:pw@127.0.0.1:5000/{target.database}"


def test_each_source_gives_way_to_the_one_before_it(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG)
    environ = {"PW": "s3cret", VARIABLE: "postgresql://var/users"}
    override = {"users_db": "postgresql://argv/users"}
    assert find(folder, environ, environment="dev", overrides=override, sandbox=on_sandbox).source == "--url"
    assert find(folder, environ, environment="dev", sandbox=on_sandbox).source == VARIABLE
    del environ[VARIABLE]
    assert find(folder, environ, environment="dev", sandbox=on_sandbox).source == "schemactl.toml:2 (dev)"
    assert find(folder, environ, sandbox=on_sandbox).source == "sandbox"


def test_an_address_shows_no_password_and_keeps_it(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG)
    address = find(folder, {"PW": "s3cret"}, environment="dev")
    assert (address.url, address.shown) == ("postgresql://app:s3cret@dev/users", "postgresql://app:***@dev/users")
    assert "s3cret" not in repr(address)


def test_a_target_that_lives_nowhere_is_told_every_way(folder: ProjectFolder) -> None:
    with pytest.raises(ConfigError) as raised:
        find(folder)
    error = raised.value
    assert (error.code, error.at, error.kind) == (10, "schemas/jobs/platform.toml:3", "no_url")
    for way in ("--url users_db=", VARIABLE, '[environments.dev.urls] "jobs/users_db"'):
        assert way in (error.do or "")


def test_an_environment_that_was_asked_for_is_not_answered_by_the_sandbox(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG)
    with refused("schemas/jobs/platform.toml:3", kind="no_url", said="in the environment prod"):
        find(folder, environment="prod", sandbox=on_sandbox)


def test_a_protected_default_environment_is_not_answered_by_the_sandbox(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", 'default_environment = "prod"\n' + CONFIG)
    with refused("schemas/jobs/platform.toml:3", kind="no_url", said="in the environment prod"):
        find(folder, sandbox=on_sandbox)


def test_a_default_environment_without_a_url_is_answered_by_the_sandbox(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", 'default_environment = "dev"\n[environments.dev]\n')
    assert find(folder, sandbox=on_sandbox).source == "sandbox"
    with refused("schemas/jobs/platform.toml:3", kind="no_url"):
        find(folder, sandbox=lambda target: None)


def test_the_environment_sandbox_need_not_be_declared(folder: ProjectFolder) -> None:
    assert find(folder, environment="sandbox", sandbox=on_sandbox).source == "sandbox"


def test_an_unknown_environment_is_refused(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG)
    with refused("schemactl.toml", kind="unknown_environment", do="`prod`"):
        find(folder, environment="prd")


def test_a_password_on_the_command_line_is_refused_unless_allowed(folder: ProjectFolder) -> None:
    override = {"jobs/users_db": "postgresql://app:s3cret@db/users"}
    with pytest.raises(ConfigError) as raised:
        find(folder, overrides=override)
    assert (raised.value.code, raised.value.at, raised.value.kind) == (10, "--url", "password_in_argv")
    assert "s3cret" not in "\n".join(raised.value.lines())
    assert VARIABLE in (raised.value.do or "")
    assert find(folder, overrides=override, allow_password_in_argv=True).url == override["jobs/users_db"]


def test_a_url_for_a_target_that_is_not_there_is_refused(folder: ProjectFolder) -> None:
    with refused("schemas/jobs/platform.toml", kind="unknown_target", do="`users_db`"):
        check_overrides(folder.platform(), {"user_db": "postgresql://db/users"})
    with refused("--url", kind="repeated", said="users_db twice"):
        check_overrides(folder.platform(), {"users_db": "x", "jobs/users_db": "y"})
    check_overrides(folder.platform(), {"users_db": "x", "jobs/events_db": "y"})


def test_a_variable_that_two_targets_share_is_refused(folder: ProjectFolder) -> None:
    folder.write("schemas/a__b/platform.toml", 'name = "a__b"\n[targets.c]\nengine = "postgres"\n')
    folder.write("schemas/a/platform.toml", 'name = "a"\n[targets.b__c]\nengine = "postgres"\n')
    name = variable_name("a__b", "c")
    assert name == variable_name("a", "b__c") == "SCHEMACTL_URL__A__B__C"
    project = folder.load({name: "postgresql://db/c"})
    platform = load_platform(project, "a")
    with refused(name, kind="ambiguous_variable", said="a/b__c and a__b/c"):
        resolve(project, platform, platform.target("b__c"))


def test_a_variable_that_only_looks_shared_is_taken(folder: ProjectFolder) -> None:
    folder.write("schemas/a__b/platform.toml", 'name = "a__b"\n[targets.d]\nengine = "postgres"\n')
    folder.write("schemas/a/platform.toml", 'name = "a"\n[targets.b__c]\nengine = "postgres"\n')
    project = folder.load({"SCHEMACTL_URL__A__B__C": "postgresql://db/c"})
    platform = load_platform(project, "a")
    assert resolve(project, platform, platform.target("b__c")).url == "postgresql://db/c"


def test_a_url_of_a_target_that_is_not_there_is_not_passed_over(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG.replace("users_db", "user_db"))
    with refused("schemactl.toml:2", kind="unknown_target", do="did you mean `users_db`?"):
        find(folder, environment="dev")


@pytest.mark.parametrize("value", ["", None])
def test_a_variable_without_a_value_is_refused(folder: ProjectFolder, value: str | None) -> None:
    folder.write("schemactl.toml", CONFIG)
    with refused("schemactl.toml:2", kind="variable", said="the variable PW is", do="set PW"):
        find(folder, {} if value is None else {"PW": value}, environment="dev")


def test_a_variable_may_hold_the_whole_url_and_an_escape_stays_as_it_is(folder: ProjectFolder) -> None:
    folder.write(
        "schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "${WHOLE}?application_name=$${x}")
    )
    address = find(folder, {"WHOLE": "postgresql://u:p@h/d"}, environment="dev")
    assert address.url == "postgresql://u:p@h/d?application_name=${x}"


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_any_password_of_a_variable_reaches_the_server_and_no_message(
    tmp_path_factory: pytest.TempPathFactory, password: str
) -> None:
    folder = ProjectFolder(tmp_path_factory.mktemp("passwords"))
    folder.write("schemactl.toml", CONFIG)
    project = load(folder.root, environ={"PW": password})
    platform = load_platform(project, "jobs")
    try:
        address = resolve(project, platform, platform.target("users_db"), environment="dev")
    except ConfigError as error:
        # No server takes a NUL byte, and libpq says so with the whole password beside it.
        assert "\0" in password
        assert "".join(error.lines()).count("***") == 1
        return
    assert unquote(urlsplit(address.url).password or "") == password
    assert address.shown == "postgresql://app:***@dev/users"


def test_a_file_gives_its_contents_without_white_space_around(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "file:${DIR}/url"))
    folder.write("secrets/url", "\n postgresql://app:pw@db/users \n").chmod(0o600)
    assert find(folder, {"DIR": "secrets"}, environment="dev").url == "postgresql://app:pw@db/users"
    assert find(folder, {"DIR": f"{folder.root}/secrets"}, environment="dev").url == "postgresql://app:pw@db/users"


def test_a_file_is_looked_for_at_home(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "file:~/url"))
    folder.write("home/url", "postgresql://db/users")
    assert find(folder, {"HOME": f"{folder.root}/home"}, environment="dev").url == "postgresql://db/users"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_with_a_password_that_others_may_read_is_refused(folder: ProjectFolder, mode: int) -> None:
    folder.write("schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "file:url"))
    path = folder.write("url", "postgresql://app:pw@db/users")
    path.chmod(mode)
    with refused("schemactl.toml:2", kind="url_file", said=f"mode {mode:04o}", do=f"chmod 600 {path}"):
        find(folder, environment="dev")


def test_a_file_without_a_password_may_be_read_by_all(folder: ProjectFolder) -> None:
    folder.write("schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "file:url"))
    folder.write("url", "postgresql://app@db/users").chmod(0o644)
    assert find(folder, environment="dev").url == "postgresql://app@db/users"


@pytest.mark.parametrize(("data", "said"), [(None, "No such file"), (b" \n", "is empty"), (b"\xff\xfe", "not UTF-8")])
def test_a_file_that_gives_no_url_is_refused(folder: ProjectFolder, data: bytes | None, said: str) -> None:
    folder.write("schemactl.toml", CONFIG.replace("postgresql://app:${PW}@dev/users", "file:url"))
    if data is not None:
        folder.write("url", data)
    with refused("schemactl.toml:2", kind="url_file", said=said, do="write the URL into that file"):
        find(folder, environment="dev")


def command(folder: ProjectFolder, code: str) -> None:
    folder.write("program.py", code)
    folder.write(
        "schemactl.toml", f'[environments.dev.urls]\n"jobs/users_db" = \'cmd:"{sys.executable}" program.py a;b\'\n'
    )


def test_a_command_gives_what_it_prints_and_sees_no_shell(folder: ProjectFolder) -> None:
    command(
        folder, "import sys, os\nprint(f'postgresql://{os.environ[\"WHO\"]}@db/users?application_name={sys.argv[1]}')"
    )
    address = find(folder, {"WHO": "app"}, environment="dev")
    assert address.url == "postgresql://app@db/users?application_name=a;b"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys\nsys.exit('vault is sealed')", "ended with 1: vault is sealed"),
        ("raise SystemExit(3)", "ended with 3"),
        ("print()", "printed nothing"),
    ],
)
def test_a_command_that_gives_no_url_is_refused_with_its_own_words(folder: ProjectFolder, code: str, said: str) -> None:
    command(folder, code)
    with refused("schemactl.toml:2", kind="url_command", said=said, do="by hand"):
        find(folder, environment="dev")


@pytest.mark.parametrize(
    ("argv", "said"), [("no-such-program-here", "No such file"), ("'open", "quot"), ("", "no command")]
)
def test_a_command_that_cannot_be_run_is_refused(folder: ProjectFolder, argv: str, said: str) -> None:
    folder.write("schemactl.toml", f'[environments.dev.urls]\n"jobs/users_db" = "cmd:{argv}"\n')
    with refused("schemactl.toml:2", kind="url_command", said=said):
        find(folder, environment="dev")


def test_a_command_that_hangs_is_ended(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemactl.project.looked_up.COMMAND_TIMEOUT_S", 0.2)
    command(folder, "import time\ntime.sleep(600)")
    with refused("schemactl.toml:2", kind="url_command", said="no answer within"):
        find(folder, environment="dev")


def test_a_command_that_prints_more_than_a_url_is_refused_and_not_quoted(folder: ProjectFolder) -> None:
    command(folder, "print('postgresql://db/users\\ntoken s3cret')")
    with pytest.raises(ConfigError) as raised:
        find(folder, environment="dev")
    assert (raised.value.code, raised.value.at) == (10, "schemactl.toml:2 (dev)")
    assert "s3cret" not in "\n".join(raised.value.lines())


def test_a_password_in_a_commands_complaint_is_hidden(folder: ProjectFolder) -> None:
    command(folder, "import sys\nsys.exit('cannot reach postgresql://app:hunter2@db/users')")
    with pytest.raises(ConfigError) as raised:
        find(folder, environment="dev")
    assert "postgresql://app:***@db/users" in raised.value.what


@pytest.mark.parametrize(
    ("engine", "url"),
    [
        ("postgres", "postgresql://app:p%40ss@db:5432/users?sslmode=require"),
        ("postgres", "postgres://a:1,b:2/users"),
        ("postgres", "postgresql://[::1]:5432/users"),
        ("postgres", "postgresql:///users?host=/run/postgresql"),
        ("postgres", "postgresql://db?dbname=users"),
        ("postgres", "postgresql://?service=jobs"),
        ("clickhouse", "clickhouse://default@db:9000/events"),
        ("clickhouse", "clickhouses://db/events"),
        ("clickhouse", "chdb:///var/lib/events"),
        ("mongodb", "mongodb://a:1,b:2/jobs?replicaSet=r"),
        ("mongodb", "mongodb+srv://cluster.example/jobs"),
        ("neo4j", "neo4j+s://graph.example:7687"),
        ("neo4j", "bolt://graph"),
    ],
)
def test_a_url_of_the_engine_is_taken(engine: str, url: str) -> None:
    check_url(url, engine, target="jobs/x", at="here")


@pytest.mark.parametrize(
    ("engine", "url", "said"),
    [
        ("postgres", "mysql://app:s3cret@db/users", "mysql://app:***@db/users is not for the engine postgres"),
        ("postgres", "mongodb://db/users", "not for the engine postgres"),
        ("mongodb", "postgresql://db/users", "begin with mongodb://, mongodb+srv://"),
        ("postgres", "s3cret", "it has no `scheme://`"),
        ("postgres", "host=db password=s3cret", "it has no `scheme://`"),
        ("postgres", "", "it has no `scheme://`"),
        ("postgres", "://s3cret@db/users", "cannot be read"),
        ("postgres", "postgresql:///users", "names no host"),
        ("postgres", "postgresql://app:s3cret@/users", "names no host"),
        ("postgres", "postgresql://a:1,:2/users", "names no host"),
        ("postgres", "postgresql://db:99999/users", "a port that is not between"),
        ("postgres", "postgresql://db", "names no database"),
        ("postgres", "postgresql://app:s3cret@db:5432/", "names no database"),
        ("mongodb", "mongodb://db", "names no database"),
        ("clickhouse", "clickhouse://db", "names no database"),
        ("clickhouse", "chdb://db/folder", "names no folder"),
        ("clickhouse", "chdb://", "names no folder"),
        ("neo4j", "neo4j://", "names no host"),
        ("postgres", "postgresql://db/users/more", "more than a database"),
        ("postgres", "postgresql://app:s3cret @db/users", "white space"),
        ("postgres", "postgresql://db/users\n", "white space"),
        ("postgres", "postgresql://app:s3c@ret@db/users", "postgresql://app:***@db/users has characters"),
        ("postgres", "postgresql://app:s3c/ret@db/users", "postgresql://app:***@db/users has characters"),
        ("postgres", "postgresql://app:s3c?ret@db/users", "postgresql://app:***@db/users has characters"),
        ("postgres", "postgresql://app:s3c#ret@db/users", "postgresql://app:***@db/users has characters"),
        ("postgres", "postgresql://app:s3c%ret@db/users", "postgresql://app:***@db/users has characters"),
        ("postgres", "postgresql://app:s3cret", "names no host"),
    ],
)
def test_a_url_that_cannot_be_one_of_the_engine_is_refused(engine: str, url: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check_url(url, engine, target="jobs/x", at="here")
    error = raised.value
    assert (error.code, error.at, error.kind, error.target) == (10, "here", "url", "jobs/x")
    assert said in error.what
    assert error.do
    assert "s3c" not in "\n".join(error.lines())


def test_the_engine_of_the_target_decides_which_url_it_takes(folder: ProjectFolder) -> None:
    folder.write("schemas/jobs/platform.toml", PLATFORM.replace("postgres", "neo4j", 1))
    with refused(VARIABLE, kind="url", said="not for the engine neo4j"):
        find(folder, {VARIABLE: "postgresql://db/users"})
