"""What each engine can do, as values for people: the fields of an engine, there or Missing. Opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemactl.contract.engine import Engine, Missing
from schemactl.engines import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

# The capabilities of contract.engine.Engine, in the order in which a reader asks for them.
CAPABILITIES = {
    "runner": "apply and roll back",
    "lock": "one runner at a time",
    "recovery": "recover after a crash",
    "scripts": "Python migrations",
    "catalog": "read the catalogue",
    "rights": "grant what roles.toml says",
    "seeder": "seeds",
    "snapshots": "snapshots",
    "verifier": "verify",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One field of an engine. `why` and `instead` are "" where it is there; `promise` what can be relied on then."""

    name: str
    title: str
    why: str = ""
    instead: str = ""
    promise: str = ""

    @property
    def present(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReport:
    """An engine as this installation has it. `why` and `instead` are "" where it can be used.

    lacks  names of CAPABILITIES that this version has not there
    says   of those that are not the same everywhere: what of it is there, in a few words
    """

    name: str
    title: str
    driver: str
    why: str = ""
    instead: str = ""
    lacks: frozenset[str] = frozenset()
    says: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return not self.why


def engine_reports() -> tuple[EngineReport, ...]:
    """Every engine by name; no driver is loaded."""
    found = []
    for known in KNOWN.values():
        why = instead = ""
        if known.module is None:
            why = "not in this version"
        elif not known.installed:
            why, instead = f"the driver {known.driver} is not installed", f"pip install 'schemactl[{known.extra}]'"
        found.append(
            EngineReport(
                name=known.name,
                title=known.title,
                driver=known.driver,
                why=why,
                instead=instead,
                lacks=known.lacks,
                says={"seeder": known.seeds},
            )
        )
    return tuple(found)


def capabilities_of(engine: Engine) -> tuple[Capability, ...]:
    """What an open engine can do: presence depends on version, edition and configuration of its server."""
    found = []
    for name, title in CAPABILITIES.items():
        there = getattr(engine, name)
        missing = there if isinstance(there, Missing) else Missing("", "")
        promise = getattr(there, "promise", "")
        found.append(Capability(name=name, title=title, why=missing.why, instead=missing.instead, promise=promise))
    return tuple(found)
