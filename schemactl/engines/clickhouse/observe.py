"""Statements and what became of them: noted before, asked afterwards, on every server that they are about."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding, Verdict, sent_again
from schemactl.engines.clickhouse import awaiting, sites, spread
from schemactl.engines.clickhouse.probes import columns, mutations, objects, renames, rows, truncation
from schemactl.engines.clickhouse.statements import Known, known

if TYPE_CHECKING:
    from types import ModuleType

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.running.hands import Before

_FAMILIES: Final[dict[str, ModuleType]] = {
    "create": objects,
    "drop": objects,
    "alter": columns,
    "mutation": mutations,
    "rename": renames,
    "exchange": renames,
    "insert": rows,
    "truncate": truncation,
}


def before(session: Session, planned: PlannedStatement) -> Before:
    """What to note of the objects that the statement is about; {} where nothing tells. On a cluster of each replica."""
    found = known(planned.statement)
    family = _FAMILIES.get(found.kind)
    if family is None:
        return {}
    noted: dict[str, Before] = {where: family.before(site, found) for where, site in sites.of(session, found).items()}
    return noted.get("", {"replicas": noted})


def is_idempotent(job: Job, planned: PlannedStatement) -> bool:
    return job.idempotent or "idempotent" in planned.statement.directives


def probe(session: Session, planned: PlannedStatement, noted: Before, *, idempotent: bool) -> Finding:
    """What the live catalogue says of a statement whose answer never came, or was an error."""
    found = known(planned.statement)
    family = _FAMILIES.get(found.kind)
    if family is not None:
        finding = _everywhere(session, family, found, noted)
        if finding.verdict != "unknown":
            return finding
        return sent_again(finding) if idempotent else finding
    if found.repeats:
        what = found.what or planned.statement.words[0]
        return Finding(verdict="not done", evidence=f"{what} may run again: twice is the same as once")
    unknown = Finding(
        verdict="unknown",
        evidence=f"the catalogue cannot tell whether {planned.statement.words[0]} took effect",
        query=_by_hand(planned),
    )
    return sent_again(unknown) if idempotent else unknown


def tidy(session: Session, planned: PlannedStatement, noted: Before, *, stalls_s: float) -> str:
    """Take away what half a statement left, or finish it; returns what was done.

    stalls_s  how long to wait for what the server is still at work on, while nothing more of it is done
    raises    ServerError where that does not come to an end
    """
    found = known(planned.statement)
    family = _FAMILIES.get(found.kind)
    if family is None:
        return "nothing to take away"
    told = dict.fromkeys(
        str(family.tidy(site, found, _of(noted, where))) for where, site in sites.of(session, found).items()
    )
    look, own = partial(_each, session, family, found, noted), partial(_own, session, family, found, noted)
    told |= dict.fromkeys(spread.finish(session, planned, found, look, own))
    awaiting.mutations(session, planned, noted, lambda _: None, stalls_s=stalls_s)
    return "; ".join(told)


def wrote_nothing(session: Session, planned: PlannedStatement, noted: Before) -> bool:
    """Whether an INSERT that the server refused is known to have written nothing."""
    found = known(planned.statement)
    return found.kind == "insert" and rows.untouched(sites.here(session), found, noted)


def _everywhere(session: Session, family: ModuleType, found: Known, noted: Before) -> Finding:
    """The same on every server is what it is; else it is half done, unless one of them does not know."""
    unanswered = spread.at_work(session, found)
    if unanswered is not None:
        return unanswered
    findings = _each(session, family, found, noted)
    first = next(iter(findings.values()))
    if len(findings) == 1 or len({one.verdict for one in findings.values()}) == 1:
        return first
    told = "; ".join(f"{where}: {one.verdict}, {one.evidence}" for where, one in findings.items())
    verdict: Verdict = "unknown" if any(one.verdict == "unknown" for one in findings.values()) else "half"
    return Finding(verdict=verdict, evidence=told, query=first.query)


def _each(session: Session, family: ModuleType, found: Known, noted: Before) -> dict[str, Finding]:
    """What each server says of the statement; done too where it had nothing to do."""
    findings = _own(session, family, found, noted)
    for where in spread.alike(found, sites.of(session, found), findings, partial(_of, noted)):
        findings[where] = replace(findings[where], verdict="done")
    return findings


def _own(session: Session, family: ModuleType, found: Known, noted: Before) -> dict[str, Finding]:
    """What each server says of the statement by itself."""
    return {where: family.probe(site, found, _of(noted, where)) for where, site in sites.of(session, found).items()}


def _of(noted: Before, where: str) -> Before:
    if "replicas" in noted:
        of_this: Before = noted["replicas"].get(where, {})
        return of_this
    return noted


def _by_hand(planned: PlannedStatement) -> str:
    shown = "\n".join(f"--   {line}" for line in planned.statement.shown.splitlines())
    return f"-- Look at what this changes. It stands here as a comment, because it would run again:\n{shown}"
