"""JobHub's PostgreSQL targets as `provision` makes them: roles named after platform and target, five for each."""

from __future__ import annotations

from tests.platforms.provisioned import CLUSTER_ROLES, Provisioned

ROLES = ("owner", "migrator", "app", "ro", "relay")


class ProvisionedJobhub(Provisioned):
    """As its base, which knows roles of other names."""

    def role(self, target: str, name: str) -> str:
        return f"jobhub_{target}_{name}"

    def _all_roles(self) -> list[str]:
        # The owner's last: others are its members.
        named = [self.role(target, name) for name in reversed(ROLES) for target in self.targets]
        return [*named, *CLUSTER_ROLES]
