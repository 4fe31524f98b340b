"""Every PostgreSQL target of the platforms on one empty server, beside psql and goose with the same statements."""

from __future__ import annotations

import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from schemactl.sandbox.postgres_server import Server
from tests.bench.obtain import ROOT
from tests.bench.result import Goal, Line, Row
from tests.bench.rounds import RunError, Times, database, timed
from tests.bench.rows import Toolbox
from tests.bench.tools import PSQL, SCHEMACTL, Call, Tool

PROJECT = "project"
_TOOLS = (SCHEMACTL, PSQL, "goose")
_FLAGS = {
    SCHEMACTL: "a process a platform; its targets side by side, as it does by itself",
    PSQL: "a process a target, one after the other; BEGIN, statements, COMMIT for each file; no ledger",
    "goose": "a process a target, one after the other",
}
_CHECKED = "relations, columns, constraints, functions and triggers of each target, the same with every tool"
_FACTS: LiteralString = """
    WITH own AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^goose_')
    SELECT (SELECT count(*) FROM own),
           (SELECT count(*) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM own) AND attnum > 0),
           (SELECT count(*) FROM pg_constraint WHERE conrelid IN (SELECT oid FROM own)),
           (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
           (SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM own))
"""


@dataclass(frozen=True, slots=True)
class Target:
    platform: str
    name: str

    @property
    def variable(self) -> str:
        return f"SCHEMACTL_URL__{self.platform}__{self.name}".upper()


def targets() -> list[Target]:
    """Those of this repository that are on PostgreSQL, by platform and in the order of its platform.toml."""
    found = []
    for path in sorted(ROOT.glob("schemas/*/platform.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        names = [name for name, one in told["targets"].items() if one["engine"] == "postgres"]
        found += [Target(told["name"], name) for name in names]
    return found


def platforms(server: Server, box: Toolbox, *, runs: int) -> Row:
    """From databases that are there and empty to the newest migration of each target."""
    wanted = targets()
    tools = [tool for tool in box.tools if tool.name in _TOOLS]
    times = {tool.name: Times() for tool in tools}
    facts: dict[Target, tuple[int, ...]] = {}
    with tempfile.TemporaryDirectory(prefix="schemactl-bench-") as root:
        _write(Path(root), wanted)
        for _ in range(runs):
            for tool in tools:
                if times[tool.name].failed:
                    continue
                try:
                    times[tool.name].seconds.append(_run(server, tool, Path(root), wanted, facts))
                except RunError as error:
                    times[tool.name].failed = str(error)
    lines = [
        Line(name=tool.name, version=tool.version, flags=_FLAGS[tool.name], seconds=told.seconds, not_run=told.failed)
        for tool in tools
        for told in [times[tool.name]]
    ]
    absent = [Line(name=name, not_run=why) for name, why in box.missing.items() if name in _TOOLS]
    title = f"{len(wanted)} targets of {len({one.platform for one in wanted})} platforms, one empty server"
    goals = [Goal(subject=SCHEMACTL, references=("goose",), at_most=0.7)]
    return Row(title=title, checked=_CHECKED, lines=lines + absent, goals=goals)


_REQUIRES = re.compile(r"-- schemactl: requires=(\w+)@\d+\n")


def _write(root: Path, wanted: list[Target]) -> None:
    """A project, and for each target goose's files and one file for psql."""
    (root / PROJECT / "schemactl.toml").parent.mkdir()
    (root / PROJECT / "schemactl.toml").write_text("", encoding="utf-8")
    here = {target.name for target in wanted}
    for target in wanted:
        own = Path(PROJECT, "migrations", target.platform, target.name)
        (root / own).mkdir(parents=True)
        told = Path("schemas", target.platform, "platform.toml")
        (root / PROJECT / told).parent.mkdir(parents=True, exist_ok=True)
        (root / PROJECT / told).write_bytes((ROOT / told).read_bytes())
        for path in sorted((ROOT / own.relative_to(PROJECT)).glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            # Targets of other engines are not there to be asked.
            text = _REQUIRES.sub(lambda found: found[0] if found[1] in here else "", text)
            (root / own / path.name).write_text(text, encoding="utf-8")
        folder = root / target.platform / target.name
        folder.mkdir(parents=True)
        whole = []
        for path in sorted((ROOT / "migrations" / target.platform / target.name).glob("*.sql")):
            _, _, rest = path.read_text(encoding="utf-8").partition("-- migrate:up\n")
            up, _, down = rest.partition("-- migrate:down\n")
            whole.append(f"BEGIN;\n{up}\nCOMMIT;\n")
            (folder / path.name).write_text(_goose(up, down), encoding="utf-8")
        (folder / "all").write_text("".join(whole), encoding="utf-8")


def _goose(up: str, down: str) -> str:
    """Each way as one text, since goose parts statements at every `;` where it is not told to leave them alone."""
    return "".join(
        f"-- +goose {way}\n-- +goose StatementBegin\n{text}\n-- +goose StatementEnd\n"
        for way, text in (("Up", up), ("Down", down))
    )


def _run(server: Server, tool: Tool, root: Path, wanted: list[Target], facts: dict[Target, tuple[int, ...]]) -> float:
    urls = {target: database(server) for target in wanted}
    seconds = sum(timed(call) for call in _calls(tool, root, urls))
    for target, url in urls.items():
        with psycopg.connect(url, autocommit=True) as connection:
            left = tuple(connection.execute(_FACTS).fetchone() or ())
        if facts.setdefault(target, left) != left:
            raise RunError(f"{target.platform}/{target.name}: left {left}, not {facts[target]}")
    return seconds


def _calls(tool: Tool, root: Path, urls: dict[Target, str]) -> list[Call]:
    if tool.name != SCHEMACTL:
        return [_with_file(tool.call(root / one.platform / one.name, url)) for one, url in urls.items()]
    calls = []
    for platform in dict.fromkeys(target.platform for target in urls):
        own = {target: url for target, url in urls.items() if target.platform == platform}
        program = tool.call(root, "").argv[0]
        names = [target.name for target in own]
        argv = [program, "-C", str(root / PROJECT), "-p", platform, "migrate", *names]
        calls.append(Call(argv, {target.variable: url for target, url in own.items()}))
    return calls


def _with_file(call: Call) -> Call:
    return Call([one.removesuffix(".sql") if one.endswith("/all.sql") else one for one in call.argv], call.environment)
