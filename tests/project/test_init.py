"""`init` starts a project that works, copies a shipped platform, and never overwrites a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schemactl.errors import ConfigError
from schemactl.events import Event, Warned
from schemactl.project.config import load
from schemactl.project.creation import create
from schemactl.project.migrations import migrations
from schemactl.project.platform import load_platform
from schemactl.project.shipped import Shipped
from schemactl.workflows import init
from tests.project.folder import refused


def files_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_project_can_be_loaded(tmp_path: Path) -> None:
    root = tmp_path / "new"
    written = init.run(init.plan(root, platform="jobs", targets=["users_db", "events_db"]))
    assert (
        set(written)
        == set(files_of(root))
        == {
            "schemactl.toml",
            "schemas/jobs/platform.toml",
            "migrations/jobs/users_db/.gitkeep",
            "migrations/jobs/events_db/.gitkeep",
            "seeds/jobs/users_db/.gitkeep",
            "seeds/jobs/events_db/.gitkeep",
            ".gitignore",
        }
    )
    project = load(root, environ={})
    platform = load_platform(project, "jobs")
    assert (project.default_platform, project.default_environment) == ("jobs", "dev")
    assert project.environments["prod"].protected
    assert [(target.name, target.engine) for target in platform.targets] == [
        ("users_db", "postgres"),
        ("events_db", "postgres"),
    ]
    assert migrations(project, platform.target("users_db")) == ()


def test_the_urls_that_a_new_project_suggests_are_taken(tmp_path: Path) -> None:
    init.run(init.plan(tmp_path, platform="jobs", targets=["users_db"]))
    config = tmp_path / "schemactl.toml"
    config.write_text(config.read_text().replace('# "', '"'))
    environments = load(tmp_path, environ={}).environments
    assert [list(environment.urls) for environment in environments.values()] == [["jobs/users_db"]] * 2


def test_planning_creates_nothing(tmp_path: Path) -> None:
    init.plan(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_all_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "schemas/app").mkdir(parents=True)
    (tmp_path / "schemas/app/platform.toml").write_text("mine")
    (tmp_path / "schemactl.toml").symlink_to("nowhere")
    with refused(str(tmp_path), kind="exists", said="schemactl.toml, schemas/app/platform.toml"):
        init.plan(tmp_path)
    assert files_of(tmp_path) == {"schemas/app/platform.toml": b"mine"}


def test_a_file_that_appears_after_the_plan_is_kept(tmp_path: Path) -> None:
    plan = init.plan(tmp_path)
    (tmp_path / "schemas/app").mkdir(parents=True)
    (tmp_path / "schemas/app/platform.toml").write_text("mine")
    with pytest.raises(ConfigError) as raised:
        init.run(plan)
    assert (raised.value.code, raised.value.at, raised.value.kind) == (10, "schemas/app/platform.toml", "exists")
    assert raised.value.now == "created: schemactl.toml"
    assert (tmp_path / "schemas/app/platform.toml").read_text() == "mine"


def test_the_tools_own_folder_is_ignored_once_and_the_rest_of_the_file_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc")
    init.run(init.plan(tmp_path, platform="a"))
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n.schemactl/\n"
    assert not init.plan(tmp_path, example="dashboard").ignore_state


def test_a_gitignore_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    heard: list[Event] = []
    assert ".gitignore" not in init.run(init.plan(tmp_path), heard.append)
    assert [type(event) for event in heard] == [Warned]


@pytest.mark.parametrize(
    ("platform", "targets"), [("Jobs", ["a"]), ("jobs", ["a-b"]), ("jobs", []), ("jobs", ["a", "a"])]
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, platform: str, targets: list[str]) -> None:
    with refused(None, kind="wrong_name"):
        init.plan(tmp_path, platform=platform, targets=targets)


def test_an_engine_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refused(None, kind="wrong_value", said="`oracle`", do="postgres"):
        init.plan(tmp_path, engine="oracle")


def test_a_shipped_platform_is_copied_whole_and_works(tmp_path: Path) -> None:
    assert "dashboard" in init.examples()
    init.run(init.plan(tmp_path, example="dashboard"))
    project = load(tmp_path, environ={})
    platform = load_platform(project, "dashboard")
    assert project.default_platform == "dashboard"
    assert sum(len(migrations(project, target)) for target in platform.targets) == 10
    shipped = dict(Shipped.find().files("dashboard"))
    copied = files_of(tmp_path)
    assert {name: path.read_bytes() for name, path in shipped.items()}.items() <= copied.items()


def test_a_shipped_platform_comes_beside_the_others_of_a_project(tmp_path: Path) -> None:
    init.run(init.plan(tmp_path, platform="jobs"))
    before = (tmp_path / "schemactl.toml").read_bytes()
    init.run(init.plan(tmp_path, example="dashboard"))
    assert load(tmp_path, environ={}).platforms == ("dashboard", "jobs")
    assert (tmp_path / "schemactl.toml").read_bytes() == before
    with refused(str(tmp_path), kind="exists", said="schemas/dashboard/platform.toml"):
        init.plan(tmp_path, example="dashboard")


def test_a_platform_that_is_not_shipped_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with refused(None, kind="unknown_platform", said="`dashbord`", do="did you mean `dashboard`?"):
        init.plan(tmp_path, example="dashbord")


def test_in_a_wheel_the_platforms_are_found_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages/schemactl"
    for name in ("schemas/jobs/platform.toml", "migrations/jobs/a/1_a.sql", "migrations/jobs/a/__pycache__/x.pyc"):
        (package / "examples" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "examples" / name).write_text(name)
    shipped = Shipped.find(package)
    assert shipped.platforms == ("jobs",)
    assert [name for name, _ in shipped.files("jobs")] == ["migrations/jobs/a/1_a.sql", "schemas/jobs/platform.toml"]


def test_a_wheel_without_platforms_has_none_though_folders_of_that_name_stand_beside_it(tmp_path: Path) -> None:
    (tmp_path / "schemas/jobs").mkdir(parents=True)
    (tmp_path / "schemas/jobs/platform.toml").write_text("")
    shipped = Shipped.find(tmp_path / "schemactl")
    assert shipped.platforms == ()
    with refused(None, kind="unknown_platform", do="this installation has none"):
        shipped.files("jobs")


def test_a_file_whose_folder_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with refused("a/b", kind="exists", said="is a file"):
        create(tmp_path / "a/b", b"", shown="a/b")


LIMITED = """
import resource, signal, sys
from pathlib import Path
from schemactl.errors import ConfigError
from schemactl.project.creation import create
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    create(Path(sys.argv[1]), b"x" * 100, shown="new.sql")
except ConfigError as error:
    print(error.code, error.at, error.kind)
"""


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    # A limit on the size of files answers a write as a full disk does: EFBIG in place of ENOSPC.
    path = tmp_path / "new.sql"
    done = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True)
    assert done.stdout == "10 new.sql unwritable\n"
    assert not path.exists()
