"""JobHub's PostgreSQL targets as `provision` makes them: roles named after platform and target, five for each."""

from __future__ import annotations

from urllib.parse import urlsplit

from schemactl.session import Workspace
from tests.fixtures.postgres import Database
from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned

ROLES = ("owner", "migrator", "app", "ro", "relay")


class ProvisionedJobhub(Provisioned):
    """As its base, which knows roles of other names."""

    def role(self, target: str, name: str) -> str:
        return f"jobhub_{target}_{name}"

    def with_analytics(self, url: str) -> Workspace:
        """All eight targets, the seven as their migrators."""
        migrators = {target: self.url(target, self.role(target, "migrator")) for target in self.targets}
        return self._workspace({**migrators, "analytics_db": url})

    def database(self, target: str) -> Database:
        """A target's, as the superuser."""
        name = self.databases[target]
        url = urlsplit(self.server.url)._replace(path=f"/{name}").geturl()
        return Database(url=url, name=name, server=self.server)

    def _all_roles(self) -> list[str]:
        # The owner's last: others are its members.
        named = [self.role(target, name) for name in reversed(ROLES) for target in self.targets]
        return [*named, *CLUSTER_ROLES]
