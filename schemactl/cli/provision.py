"""`provision`: databases, roles and rights on the servers of a platform's targets, as roles.toml wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemactl.cli import asking, interrupts, invocation, usage
from schemactl.cli.exit_codes import described
from schemactl.cli.options import DryRun, Targets, Wait, Yes
from schemactl.cli.output import Answer

if TYPE_CHECKING:
    from schemactl.cli.invocation import Invocation
    from schemactl.session import Workspace
    from schemactl.workflows.provision import ProvisionPlan

_PROVISION = described(
    """Make the servers of the targets as seeds/PLATFORM/roles.toml wants them, by an administrator's address: databases
    with their owners, roles, who may connect, who may do what. Afterwards `migrate` logs in as the migrator and works
    as the owner. What is so already stays as it is; what the file does not say is taken from the roles it names.""",
    examples=[
        "schemactl provision --dry-run",
        "schemactl provision --admin-url postgres=postgresql://postgres@db:5432/postgres --yes",
        "schemactl -e prod provision users_db --passwords ~/made.toml",
    ],
    exits=(0, 2, 10, 11, 12, 14, 15, 17, 130),
)
AdminUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--admin-url", metavar="WHAT=URL", help="An administrator's address, of a target or an engine; repeatable."
    ),
]
Passwords = Annotated[
    Path | None,
    typer.Option(
        "--passwords", metavar="FILE", help="Where passwords that are made are kept, mode 600.", dir_okay=False
    ),
]


def register(app: typer.Typer) -> None:
    app.command(help=_PROVISION, short_help="Make databases, roles and rights, as an administrator.")(provision)


def provision(
    context: typer.Context,
    targets: Targets = None,
    admin_url: AdminUrls = None,
    passwords: Passwords = None,
    dry_run: DryRun = False,
    wait: Wait = 0.0,
    yes: Yes = False,
) -> Answer:
    from schemactl.cli import provision_text

    call = invocation.of(context)
    addresses = usage.urls(admin_url or [], "--admin-url", "WHAT")
    workspace = call.workspace()
    made = workspace.plan_provision(targets or (), admin_urls=addresses, passwords=passwords)
    if dry_run:
        return provision_text.tell_plan(made, call.out, call.style)
    if made.differing and not (yes or call.out.json):
        provision_text.show(made, call.out, call.style)
    if made.differing:
        asking.ordinary(call, _question(workspace, made), yes=yes)
    return _run(call, workspace, made, wait)


def _run(call: Invocation, workspace: Workspace, made: ProvisionPlan, wait: float) -> Answer:
    from schemactl.cli import provision_text
    from schemactl.cli.render import rendering

    names = [target.target for target in made.targets]
    with rendering(call.out, call.style, targets=names) as emit, interrupts.asking(workspace.stop, emit.tell):
        result = workspace.provision(made, emit=emit, wait_s=wait)
    return provision_text.tell_result(result, call.out, call.style)


def _question(workspace: Workspace, made: ProvisionPlan) -> str:
    environment = workspace.environment
    protected = f"{environment.name} is protected. " if environment is not None and environment.protected else ""
    servers = sum(1 for server in made.servers if any(target.differing for target in server.targets))
    count = made.differing
    return f"{protected}Make {count} change{'s' * (count != 1)} on {servers} server{'s' * (servers != 1)}?"
