"""The career platform's roles on its four MongoDB targets: its migrators migrate and seed, the others do their part."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemactl.sandbox import mongodb as sandbox
from schemactl.session import Workspace
from schemactl.workflows.provision import ProvisionPlan
from tests.fixtures.mongodb import client_of
from tests.platforms.career import ON_MONGODB, ROOT
from tests.provision.document_scene import UNAUTHORIZED, code_of, url_of
from tests.provision.scene import differing


class CareerRoles:
    def __init__(self, server: sandbox.Server, file: Path) -> None:
        self.server, self.file = server, file

    def workspace(self, role: str = "") -> Workspace:
        """The platform, its MongoDB targets met as one of their roles."""
        urls = {target: self.url(target, role) for target in ON_MONGODB} if role else None
        return Workspace.open(ROOT, platform="career", urls=urls, environ={})

    def url(self, target: str, role: str) -> str:
        made = tomllib.loads(self.file.read_text(encoding="utf-8"))[f"career/{target}"]
        return url_of(self.server, f"{target}_{role}", made[f"{target}_{role}"], target)

    def plan(self) -> ProvisionPlan:
        return self.workspace().plan_provision(ON_MONGODB, admin_urls={"mongodb": self.server.url}, passwords=self.file)

    def code(self, target: str, role: str, command: dict[str, Any], database: str = "") -> int:
        return code_of(self.url(target, role), database or target, command)


@pytest.fixture
def career(tmp_path: Path, guarded_mongodb: sandbox.Server) -> Iterator[CareerRoles]:
    """The four MongoDB targets of the career platform under their own names; what they leave goes."""
    yield CareerRoles(guarded_mongodb, tmp_path / "passwords.toml")
    with client_of(guarded_mongodb.url) as client:
        client.admin.command({"dropUser": "platform_backup"})
        for target in ON_MONGODB:
            for command in ("dropDatabase", "dropAllUsersFromDatabase", "dropAllRolesFromDatabase"):
                client[target].command({command: 1})


def test_careers_roles_are_made_and_its_migrators_migrate_and_seed(career: CareerRoles) -> None:
    made = career.workspace().provision(career.plan())
    assert made.error is None, made.error.lines()
    ours = career.workspace("migrator")
    assert ours.migrate(ours.plan(ON_MONGODB)).error is None
    seeded = ours.seed(ours.plan_seeds(["career_skills"]))
    assert seeded.run.error is None, seeded.run.error.lines()
    (target,) = ours.plan_seeds(["career_skills"]).targets
    assert [(one.state, one.compared and one.compared.same) for one in target.seeds] == [("up to date", 10)]
    assert differing(career.plan()) == []
    skill = {"find": "skills", "limit": 1}
    change = {"update": "skills", "updates": [{"q": {"name": "SQL"}, "u": {"$set": {"description": "Queries"}}}]}
    expected = {"app": [0, 0, UNAUTHORIZED], "read": [0, UNAUTHORIZED, UNAUTHORIZED], "migrator": [0, 0, UNAUTHORIZED]}
    for role, codes in expected.items():
        mine = [career.code("career_skills", role, command) for command in (skill, change)]
        assert [*mine, career.code("career_skills", role, {"find": "content"}, "career_content")] == codes
    backup = tomllib.loads(career.file.read_text(encoding="utf-8"))["career (mongodb)"]["platform_backup"]
    url = url_of(career.server, "platform_backup", backup, "admin")
    assert (
        code_of(url, "career_market", {"find": "job_market_trends"}) == code_of(url, "admin", {"serverStatus": 1}) == 0
    )
    assert code_of(url, "career_skills", change) == UNAUTHORIZED
