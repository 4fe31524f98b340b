"""What `verify` found as one report: its exit code, its JSON document, its JUnit XML. Passwords are in none of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemactl.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.errors import SchemactlError
    from schemactl.report.junit import Case, Suite
    from schemactl.workflows.verify import Looked, State, TargetVerified, Verified

_STATES: tuple[State, ...] = ("passed", "failed", "nothing", "not_run", "error")
NOTHING = "there was nothing to look at"


class Report:
    """What was found, and how it is judged: `strict` makes a finding of what was not looked at."""

    def __init__(self, found: Verified, *, strict: bool, platform: str | None, hide: Callable[[str], str]) -> None:
        self.found = found
        self.strict = strict
        self.hide = hide
        self._platform = platform
        self._began = datetime.now(UTC) - timedelta(milliseconds=found.duration_ms)

    @property
    def exit(self) -> int:
        return self.found.exit_code(strict=self.strict)

    @cached_property
    def error(self) -> SchemactlError | None:
        """What the result of `--json` has as its error: none where the answer is no."""
        if self.found.interrupted:
            return next((one for one in self.errors if isinstance(one, RunInterruptedError)), None)
        return None if self.exit in (0, 3) else self.found.error

    @cached_property
    def errors(self) -> Sequence[SchemactlError]:
        """Everything that went wrong; of having been stopped, the first alone."""
        every = [error for target in self.found.targets for error in target.errors]
        stopped = [error for error in every if isinstance(error, RunInterruptedError)]
        if self.found.interrupted and not stopped:
            stopped = [RunInterruptedError("stopped", now="nothing was changed", do="run the command again")]
        return [*(error for error in every if not isinstance(error, RunInterruptedError)), *stopped[:1]]

    def is_bad(self, one: Looked) -> bool:
        return one.state in ("failed", "error") or (self.strict and one.state == "not_run")

    def document(self) -> dict[str, Any]:
        """docs/formats.md, "Report of verify"."""
        found = self.found
        document = {
            "v": 1,
            "report": "verify",
            "platform": self._platform,
            "began": self._began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "duration_ms": found.duration_ms,
            "deep": found.deep,
            "strict": self.strict,
            "interrupted": found.interrupted,
            "holds": found.holds(strict=self.strict),
            "counts": {state: found.count(state) for state in _STATES}
            | {"findings": found.findings, "at_least": found.at_least},
            "targets": [self._target(target) for target in found.targets],
        }
        hidden: dict[str, Any] = self._hidden(document)
        return hidden

    def json(self) -> str:
        import json

        return json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"

    def junit(self) -> str:
        from schemactl.report.junit import junit

        suites = [self._suite(target) for target in self.found.targets]
        seconds = self.found.duration_ms / 1000
        return junit(f"schemactl verify {self._platform or ''}".strip(), suites, began=self._began, seconds=seconds)

    def _target(self, target: TargetVerified) -> dict[str, Any]:
        return {
            "target": target.target,
            "engine": target.site.engine,
            "server": target.server,
            "holds": target.holds(strict=self.strict),
            "duration_ms": target.duration_ms,
            "error": target.error.as_json() if target.error else None,
            "inspections": [_inspection(one) for one in target.looked],
        }

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {key: self._hidden(one) for key, one in value.items()}
        return [self._hidden(one) for one in value] if isinstance(value, list) else value

    def _suite(self, target: TargetVerified) -> Suite:
        from schemactl.report.junit import Case, Suite

        cases = [self._case(target, one) for one in target.looked]
        if target.error is not None:
            kind, said = target.error.kind, self.hide("\n".join(target.error.lines()))
            group = _group(target, "target")
            cases.append(Case("reached", group, "error", kind, self.hide(target.error.what), said))
        depth = "deep" if self.found.deep else "brief"
        properties = {"engine": target.site.engine, "server": target.server, "depth": depth}
        return Suite(target.target, cases, properties, target.duration_ms / 1000)

    def _case(self, target: TargetVerified, one: Looked) -> Case:
        from schemactl.report.junit import Case

        made = Case(one.name, _group(target, one.section), seconds=one.duration_ms / 1000)
        if one.error is not None:
            text = "\n".join(one.error.lines())
            made = made._replace(outcome="error", kind=one.error.kind, message=one.error.what, text=text)
        elif one.state == "failed":
            made = made._replace(outcome="failure", kind=one.name, message=_message(one), text=_told(one))
        elif one.state == "not_run":
            made = made._replace(outcome="failure" if self.strict else "skipped", kind="not_run")
            made = made._replace(message=f"not run: {one.found.not_run}")
        elif one.state == "nothing":
            made = made._replace(outcome="skipped", message=NOTHING)
        if one.found.notes:
            made = made._replace(text="\n".join(filter(None, (made.text, *one.found.notes))))
        return made._replace(message=self.hide(made.message), text=self.hide(made.text))


def _group(target: TargetVerified, section: str) -> str:
    """`jobs.users_db.engine`: readers cut it at the dots."""
    return f"{target.site.platform}.{target.site.name}.{section}"


def _inspection(one: Looked) -> dict[str, Any]:
    found = one.found
    return {
        "section": one.section,
        "name": one.name,
        "asks": found.inspection.asks,
        "deep": found.inspection.deep,
        "state": one.state,
        "examined": found.examined,
        "unit": found.unit,
        "not_run": found.not_run if one.error is None else "",
        "duration_ms": one.duration_ms,
        "findings": [{"object": flaw.object, "what": flaw.what, "do": flaw.do} for flaw in found.flaws],
        "more": found.more,
        "at_least": found.at_least,
        "notes": list(found.notes),
        "error": one.error.as_json() if one.error else None,
    }


def _message(one: Looked) -> str:
    first = f"{one.found.flaws[0].object}: {one.found.flaws[0].what}" if one.found.flaws else one.found.inspection.asks
    about = "at least " if one.found.at_least else ""
    return f"{first} (and {about}{one.findings - 1} more)" if one.findings > 1 else first


def _told(one: Looked) -> str:
    lines = [f"not so: {one.found.inspection.asks}"]
    for flaw in one.found.flaws:
        lines.append(f"{flaw.object}: {flaw.what}")
        if flaw.do:
            lines.append(f"  do: {flaw.do}")
    if one.found.at_least:
        lines.append("and more")
    elif one.found.more:
        lines.append(f"and {one.found.more} more")
    return "\n".join(lines)
