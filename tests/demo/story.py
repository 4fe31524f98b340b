"""The parts of the demo in their order. Every figure is asked of the servers, by the tool or past it; none is known."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

import schemactl
from schemactl.model.catalog import Catalog
from schemactl.project.server_url import given_server_url
from schemactl.sandbox.kinds import title_of
from schemactl.session import Workspace
from schemactl.workflows.check import TargetChecked
from tests.cli.sandboxed import Sandboxed
from tests.demo import tables
from tests.demo.given import new_roles, others
from tests.demo.places import Holdings, Place, count, holdings, opened
from tests.demo.references import Followed, follow
from tests.demo.terminal import BrokenError, Terminal, closing, outline

PLATFORM = "career"
_TTL_SINCE = (20, 10)
"""ClickHouse that has all of the platform's third migration of its analytics: docs/platforms/career.md."""

_EVENTS = "seeds/career/career_analytics/01_events.toml"
_SEED = """\
# Written by the demo, for the platform has no seed on ClickHouse: what a user and a visitor did yesterday.
table = "user_activity"
key = "event_id"
"""
_EVENT = """
[[rows]]
event_id = "00000000-0000-4000-8000-00000000050{number}"
user_id = "{user}"
event_type = "page_view"
event_category = "course"
event_action = "open"
event_value = 1.0
page_url = "https://courses.example.org/{number}"
timestamp = {yesterday:%Y-%m-%dT%H:%M:%SZ}
session_id = "00000000-0000-4000-8000-00000000060{number}"
"""
_USERS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000")


class Story:
    """What has been found so far, and what is told next. `roles`: hears of those that are made on a given server."""

    def __init__(self, program: Sandboxed, terminal: Terminal, roles: list[str]) -> None:
        self._program = program
        self._on = terminal
        self._roles = roles
        self._began = time.monotonic()
        self._since = datetime.now(UTC).replace(microsecond=0)
        self._places: tuple[Place, ...] = ()
        self._behind: tuple[str, ...] = ()
        self._checked: tuple[TargetChecked, ...] = ()
        self._followed: list[Followed] = []
        self._held: dict[str, Holdings] = {}
        self._known: dict[str, Catalog] = {}

    def tell(self) -> None:
        """raises  BrokenError where something does not hold"""
        on = self._on
        with on.part("project", "A project: the career platform, copied"):
            self._project()
        with on.part("sandbox up", "Empty servers of four engines"):
            self._servers()
        with on.part("provision", "Databases, roles and rights: previewed, then made"):
            self._provision()
        with on.part("migrate", "Migrations: planned, then applied"):
            self._migrate()
        with on.part("seed", "Reference data: previewed, applied, and applied again"):
            self._seed()
        with on.part("checks", "The platform's own checks, and its references from server to server"):
            self._check()
        with on.part("there and back", "Everything rolled back, and brought again"):
            self._there_and_back()
        with on.part("status", "Where it stands"):
            on.run("status")
            lines = self._lines()
        with on.part("sandbox down", "The end"):
            self._down()
        self._close(lines)

    # --- parts

    def _project(self) -> None:
        self._on.run(f"init --example {PLATFORM}")
        yesterday = self._since - timedelta(days=1)
        events = [_EVENT.format(number=at, user=user, yesterday=yesterday) for at, user in enumerate(_USERS, 1)]
        self._program.write(_EVENTS, _SEED + "".join(events))
        self._on.aside(f"written beside it, for ClickHouse has no seed there: {_EVENTS}, {len(events)} events")
        absent = self._on.ask("sandbox status")["not_run"]
        if absent:
            first = absent[0]
            others = "".join(f"; {one['what']}: {one['why']} ({one['remedy']})" for one in absent[1:])
            raise BrokenError(f"no server of {first['what']} can be had here: {first['why']}{others}", first["remedy"])

    def _servers(self) -> None:
        self._on.run("sandbox up")
        # Before anybody provisions these are administrators' addresses, and stay so.
        urls = self._program.urls()
        targets = self._workspace().targets()
        without = [target.name for target in targets if target.name not in urls]
        if without:
            raise BrokenError(f"these targets have no place: {', '.join(without)}")
        self._places = tuple(Place(target.name, target.engine, urls[target.name]) for target in targets)
        for place in self._places:
            if there := sorted(_objects(place)):
                raise BrokenError(f"the sandbox is new, and {place.target} has {', '.join(there[:5])}")
        engines = {place.engine for place in self._places}
        self._on.held(f"{len(self._places)} targets on {len(engines)} engines, and nothing in any of them")

    def _provision(self) -> None:
        self._on.run("provision --dry-run", outline)
        if given_server_url("postgres"):
            self._roles += new_roles(self._on.ask("provision --dry-run")["servers"])
        self._on.run("provision --yes", closing)
        servers = self._on.ask("provision --dry-run")["servers"]
        looked = [target for server in servers for target in server["targets"]]
        changes = [(target["target"], change) for target in looked for change in target["changes"]]
        left = [f"{name}: {one['what']} {one['name']}" for name, one in changes if one["verdict"] != "same"]
        if left or not changes:
            raise BrokenError(f"provisioned, and not as it is wanted: {'; '.join(left[:3]) or 'nothing was made'}")
        passed = sum(1 for target in looked if target["passed_over"])
        done = len(looked) - passed
        told = f"asked again, all {len(changes)} are as wanted in {done} targets"
        self._on.held(told + (f"; {passed} were passed over" if passed else ""))

    def _migrate(self) -> None:
        self._on.run("plan", outline)
        self._apply()
        missing = [
            f"{target.name}.{table}"
            for target, place in zip(self._workspace().targets(), self._places, strict=True)
            for table in sorted(set(target.tables) - _objects(place))
            if place.engine != "neo4j"
        ]
        if missing:
            raise BrokenError(f"migrated, and not there: {', '.join(missing)}")
        self._owned()
        self._on.held("every table and collection of platform.toml is there, on PostgreSQL as its owner role's")

    def _apply(self, cut: Any = None) -> None:
        """`migrate`; where ClickHouse has no TTL its target stops before what needs it."""
        (version,) = [one["version"] for one in self._program.standing() if one["engine"] == "clickhouse"]
        old = tuple(map(int, version.split(".")[:2])) < _TTL_SINCE
        self._behind = tuple(place.target for place in self._places if old and place.engine == "clickhouse")
        if not old:
            self._on.run("migrate", cut)
            return
        self._on.aside(f"ClickHouse {version} has no TTL, which 0003 of {self._behind[0]} is about: it stops at 0002")
        others = " ".join(place.target for place in self._places if place.target not in self._behind)
        self._on.run(f"migrate {others}", cut)
        self._on.run(f"migrate {self._behind[0]} --to 2", cut)

    def _seed(self) -> None:
        self._on.run("seed --dry-run")
        if rows := sum(map(count, self._hold().values())):
            raise BrokenError(f"nothing but a preview was made, and there are {rows} rows")
        self._on.run("seed", closing)
        first = self._hold()
        self._on.run("seed")
        self._held = self._hold()
        self._same(first, self._held, "a second seed changed")
        by_engine = {place.engine: 0 for place in self._places}
        for place in self._places:
            by_engine[place.engine] += count(first[place.target])
        if empty := [title_of(engine) for engine, rows in by_engine.items() if not rows]:
            raise BrokenError(f"seeded, and no row on {', '.join(empty)}")
        told = ", ".join(f"{rows} on {title_of(engine)}" for engine, rows in by_engine.items())
        self._on.held(f"{sum(by_engine.values())} rows ({told}), and the second run changed none of them")

    def _check(self) -> None:
        self._on.run("verify")
        screen = tables.console()
        self._on.say(f'>>> schemactl.open(".", platform="{PLATFORM}").check()')
        workspace = self._workspace()
        self._checked = tuple(one for one in workspace.check() if one.checks or one.error)
        for target in self._checked:
            for error in (target.error, *(one.error for one in target.checks)):
                if error is not None:
                    raise BrokenError(f"{target.target}: {error.what}", error.do or "")
        tables.show(tables.checked(self._checked, screen), screen)
        for target in self._checked:
            for one in target.checks:
                if not one.holds and one.rows is not None:
                    raise BrokenError(f"{target.target}: the check {one.check.name} found {'; '.join(one.rows.first)}")
        self._follow(workspace)

    def _follow(self, workspace: Workspace) -> None:
        screen = tables.console()
        self._on.say("\n# each value at one end, asked of its server, looked for at the other")
        self._followed = follow(workspace.platform.references, self._places)
        tables.show(tables.followed(self._followed, screen), screen)
        for one in self._followed:
            if one.broken:
                raise BrokenError(f"{one.reference.at}: {len(one.orphans)} orphans: {', '.join(one.orphans[:5])}")
        held = [one for one in self._followed if one.verdict == "holds"]
        checks = sum(len(target.checks) for target in self._checked)
        if not held or not checks:
            raise BrokenError("there was nothing to check")
        told = (
            f"{checks} checks returned no row; {len(held)} references hold on {sum(one.values for one in held)} values"
        )
        idle = sum(1 for one in self._followed if not one.values)
        self._on.held(told + (f", {idle} have no value yet" if idle else ""))

    def _there_and_back(self) -> None:
        catalogs, before = self._catalogs(), self._held
        self._on.run("rollback --all --to 0 --yes", closing)
        self._rolled_back(before)
        self._apply(closing)
        self._on.run("seed", closing)
        self._held, self._known = self._hold(), self._catalogs()
        self._same(before, self._held, "after the way back and forth there differ")
        for target, catalog in self._known.items():
            if differing := catalogs[target].difference(catalog):
                raise BrokenError(f"the catalogue of {target} is another: {differing[0]}")
        objects, rows = sum(map(len, catalogs.values())), sum(map(count, before.values()))
        self._on.held(f"{objects} objects of {len(catalogs)} catalogues and {rows} rows are as they were before")

    def _down(self) -> None:
        self._on.run("sandbox down")
        self._program.wait_for_end()
        left = [*self._program.folders(), *(name for name in self._program.files() if name.startswith("sandbox-"))]
        if left:
            raise BrokenError(f"left behind: {', '.join(left)}")
        self._on.held("no process, no folder and no record of it is left")
        for name in others():
            self._on.aside(f"roles that were made stay on the server of {name}")

    # --- what is asked along the way

    def _workspace(self) -> Workspace:
        return schemactl.open(self._program.root, platform=PLATFORM)

    def _hold(self) -> dict[str, Holdings]:
        return {place.target: holdings(place, self._since) for place in self._places}

    def _catalogs(self) -> dict[str, Catalog]:
        workspace = self._workspace()
        return {place.target: workspace.catalog(place.target) for place in self._places}

    def _rolled_back(self, before: dict[str, Holdings]) -> None:
        """Nothing is there; in a graph nodes are nobody's table, and stay when constraints and indexes go."""
        graph = {place.target for place in self._places if place.engine == "neo4j"}
        nodes = {name: _rows_of(holdings) if name in graph else {} for name, holdings in before.items()}
        self._same(nodes, self._hold(), "rolled back, and not as it should be then is")
        stay = sum(map(count, nodes.values()))
        self._on.held(f"left are the tool's own ledgers, and {stay} nodes and relationships, which no migration made")

    def _owned(self) -> None:
        """Where there are owners, what was made belongs to them and not to whoever logged in."""
        for place in self._places:
            if place.engine != "postgres":
                continue
            with psycopg.connect(place.url) as connection:
                query = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
                owners = {str(owner) for (owner,) in connection.execute(query)}
            if owners != {f"{place.target}_owner"}:
                raise BrokenError(f"the tables of {place.target} belong to {', '.join(sorted(owners)) or 'nobody'}")

    def _same(self, before: dict[str, Holdings], now: dict[str, Holdings], what: str) -> None:
        for target, had in before.items():
            differing = [name for name in {**had, **now[target]} if had.get(name) != now[target].get(name)]
            if differing:
                raise BrokenError(f"{what} {target}: {', '.join(differing)}")

    def _lines(self) -> list[tables.Line]:
        """What the closing table says, as it is now."""
        stands = {one["target"].partition("/")[2]: one for one in self._on.ask("status")["targets"]}
        seeded = {one["target"].partition("/")[2]: one["seeds"] for one in self._on.ask("seed --dry-run")["targets"]}
        lines = []
        for place in self._places:
            name, stand = place.target, stands[place.target]
            if stand["state"] != "up to date" and not (name in self._behind and stand["state"] == "1 pending"):
                raise BrokenError(f"{name} is not up to date: {stand['state']}")
            if undone := [seed["name"] for seed in seeded[name] if seed["due"]]:
                raise BrokenError(f"{name} has seeds to apply: {', '.join(undone)}")
            lines.append(self._line(name, stand, len(seeded[name]), count(self._held[name]), len(self._known[name])))
        return lines

    def _line(self, name: str, stand: dict[str, Any], seeds: int, rows: int, objects: int) -> tables.Line:
        checks = [one for target in self._checked if target.target == f"{PLATFORM}/{name}" for one in target.checks]
        references = [one for one in self._followed if one.reference.source.target == name and one.values]
        return tables.Line(
            target=name,
            server=stand["server"],
            head=stand["head"] or "–",
            pending=len(stand["pending"]),
            seeds=seeds,
            rows=rows,
            objects=objects,
            checks=(sum(1 for one in checks if one.holds), len(checks)),
            references=(sum(1 for one in references if one.verdict == "holds"), len(references)),
        )

    def _close(self, lines: list[tables.Line]) -> None:
        screen = tables.console()
        self._on.say("")
        tables.show(tables.closing(lines, screen), screen)
        if self._behind:
            self._on.say("(+1): a migration that this ClickHouse cannot take")
        self._on.say("")
        self._on.aside(", ".join(f"{name} {took:.1f} s" for name, took in self._on.took.items()))
        self._on.say(f"all of it holds, in {time.monotonic() - self._began:.1f} s")


def _rows_of(found: Holdings) -> Holdings:
    return {name: rows for name, rows in found.items() if rows}


def _objects(place: Place) -> set[str]:
    with opened(place) as look:
        return set(look.objects())
