"""What the sandbox runs, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Answer
from schemactl.cli.table import Column, table
from schemactl.errors import UnsupportedError
from schemactl.project.address import said_before_sandbox
from schemactl.project.platform import load_platform
from schemactl.project.secrets import mask
from schemactl.project.server_url import required_engines, server_url_variable
from schemactl.sandbox import record
from schemactl.sandbox.kinds import title_of
from schemactl.workflows import sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from schemactl.cli.invocation import Invocation
    from schemactl.errors import SchemactlError
    from schemactl.project.platform import Target
    from schemactl.sandbox.had import NotHad
    from schemactl.sandbox.record import Kept, Place
    from schemactl.session import Workspace

_SANDBOX_TAKES = "`-e sandbox` before a command takes the sandbox"


def tell_up(
    call: Invocation, workspace: Workspace, made: sandbox.Up, wanted: Sequence[Target], *, named: bool
) -> Answer:
    """What came up, what was up, what cannot be had. Named targets must all be there, of the others one at least."""
    places = [record.place_of(made.servers, str(target), target.engine) for target in wanted]
    _targets_table(call, [pair for pair in places if pair], made.added)
    error = first_error(made, wanted, named=named)
    not_run = {target.engine: made.failed[str(target)] for target in wanted if str(target) in made.failed}
    for engine, why in not_run.items():
        if why.kind == sandbox.MISSING:
            call.out.line(f"not run: {title_of(engine)}: {why.what} ({why.do})")
        elif why is not error and not call.out.json:
            call.out.error(why)
    if error is not None and not call.out.json:
        call.out.error(error)
    for target in wanted:
        said = said_before_sandbox(workspace.project, target, environment=call.environment)
        if said is not None and str(target) in made.urls(wanted):
            do = f"unset {said}" if said.startswith("SCHEMACTL_") else _SANDBOX_TAKES
            call.out.note(f"{call.style.yellow('warning')}: {target}: {said} comes before the sandbox\n  do: {do}")
    tell_stays(call, made.stays)
    data = {
        "servers": [_server_json(server) for server in made.servers],
        "stays": _stays_json(made.stays),
        "added": list(made.added),
        "not_run": [
            {"engine": engine, "what": title_of(engine), "why": why.what, "remedy": why.do}
            for engine, why in not_run.items()
        ],
    }
    return Answer(data=data, exit=error.code if error else 0, error=error)


def first_error(made: sandbox.Up, wanted: Sequence[Target], *, named: bool) -> SchemactlError | None:
    """What keeps the answer from being "done": in the order of `wanted`."""
    required = required_engines()
    for target in wanted:
        error = made.failed.get(str(target))
        if error is None:
            continue
        if error.kind != sandbox.MISSING:
            error.target = str(target)
            return error
        if named or target.engine in required or len(made.failed) == len(wanted):
            return not_had(target, error)
    return None


def not_had(target: Target, error: SchemactlError) -> UnsupportedError:
    """The refusal of a target whose engine has no server here."""
    return UnsupportedError(
        f"no throwaway server of {title_of(target.engine)} can be had here: {error.what}",
        do=error.do,
        kind=sandbox.MISSING,
        target=str(target),
    )


def shown(server: Kept) -> str:
    """A server in a line's few words."""
    return f"{_title(server)}, port {server.port}" if server.port else _title(server)


def tell_down(call: Invocation, gone: sandbox.Down) -> Answer:
    for server in gone.ended:
        call.out.line(f"ended     {shown(server)}: {_listed(server)}")
    for server in gone.dead:
        call.out.line(f"was gone  {shown(server)}: {_listed(server)}")
    if not gone.ended and not gone.dead:
        call.out.line("nothing runs")
    tell_stays(call, gone.stays)
    data: dict[str, Any] = {name: [_server_json(one) for one in getattr(gone, name)] for name in ("ended", "dead")}
    return Answer(data=data | {"stays": _stays_json(gone.stays)})


def tell_stays(call: Invocation, stays: Sequence[sandbox.Staying]) -> None:
    """What could not be dropped on servers that are not ours."""
    for one in stays:
        call.out.note(
            f"{call.style.yellow('warning')}: {', '.join(one.databases)} may stay on the server of "
            f"{server_url_variable(one.server.engine)}, {mask(one.server.url)}: {one.why}\n"
            "  do: drop them there once it answers"
        )


def _stays_json(stays: Sequence[sandbox.Staying]) -> list[dict[str, Any]]:
    return [
        {"engine": one.server.engine, "url": mask(one.server.url), "databases": list(one.databases), "why": one.why}
        for one in stays
    ]


def tell_status(call: Invocation) -> Answer:
    servers = sandbox.status(call.project().root)
    running = {server.engine for server in servers}
    engines = dict.fromkeys(target.engine for target in _targets(call))
    absent = sandbox.absent([engine for engine in engines if engine not in running])
    if servers and not call.out.json:
        _servers_table(call, servers)
        call.out.line()
        _targets_table(call, [(server, place) for server in servers for place in server.places], ())
    elif not servers:
        call.out.line("nothing runs; `schemactl sandbox up` brings up what the targets need")
    for one in absent:
        call.out.line(f"not run: {one.what}: {one.why} ({one.remedy})")
    return Answer(
        data={"servers": [_server_json(server) for server in servers], "not_run": [_absent_json(one) for one in absent]}
    )


def tell_urls(call: Invocation, file: Path) -> Answer:
    """Where each target lives goes into a file: passwords are shown nowhere."""
    names = sandbox.write_urls(call.project().root, file, _targets(call))
    for name in names:
        call.out.line(f"{name}  written to {file}")
    if not names:
        call.out.line(
            f"nothing runs, and {file} is left as it is; `schemactl sandbox up` brings up what the targets need"
        )
    return Answer(data={"file": str(file), "variables": list(names)})


def _targets(call: Invocation) -> list[Target]:
    """All of the project, or of the platform that was named."""
    project = call.project()
    name = project.platform_name(call.platform) if call.platform else None
    return [
        target
        for platform in ([name] if name else project.platforms)
        for target in load_platform(project, platform).targets
    ]


def _servers_table(call: Invocation, servers: Sequence[Kept]) -> None:
    columns = [
        Column(title="server", paint=call.style.bold),
        Column(title="port", right=True),
        Column(title="pid", right=True),
        Column(title="up for", right=True),
        Column(title="from"),
    ]
    rows = [
        [
            _title(server),
            str(server.port or "–"),
            str(server.server.pid) if server.server else "–",
            _age(_age_s(server)),
            server.where,
        ]
        for server in servers
    ]
    for line in table(columns, rows, call.style):
        call.out.line(line)


def _targets_table(call: Invocation, places: Sequence[tuple[Kept, Place]], added: Sequence[str]) -> None:
    style = call.style
    columns = [
        Column(title="target", paint=style.bold),
        Column(title="server"),
        Column(title="state", paint=lambda cell: style.green(cell) if cell == "new" else cell),
        Column(title="lives at"),
    ]
    rows = [
        [place.target, _title(server), "new" if place.target in added else "up", mask(place.url)]
        for server, place in places
    ]
    for line in table(columns, rows, style) if rows else ():
        call.out.line(line)


def _title(server: Kept) -> str:
    return f"{title_of(server.engine)} {server.version}"


def _listed(server: Kept) -> str:
    names = [place.target for place in server.places]
    return ", ".join(names) if len(names) <= 4 else f"{len(names)} targets"


def _age_s(server: Kept) -> int:
    return max(0, int((datetime.now(UTC) - datetime.fromisoformat(server.since)).total_seconds()))


def _age(age_s: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if age_s >= 2 * size:
            return f"{age_s // size} {unit}"
    return f"{age_s} s"


def _server_json(server: Kept) -> dict[str, Any]:
    return {
        "engine": server.engine,
        "version": server.version,
        "where": server.where,
        "port": server.port,
        "pid": server.server.pid if server.server else None,
        "keeper": server.keeper.pid,
        "since": server.since,
        "uptime_s": _age_s(server),
        "targets": [{"target": place.target, "url": mask(place.url)} for place in server.places],
    }


def _absent_json(one: NotHad) -> dict[str, str]:
    return {"what": one.what, "why": one.why, "remedy": one.remedy}
