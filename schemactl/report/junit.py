"""JUnit XML, as build servers read it: a testsuite for each target, a testcase for each thing that was looked at.

There is no one standard: elements and attributes are those that Jenkins, GitLab and GitHub's readers have in common.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Outcome = Literal["passed", "failure", "error", "skipped"]

# XML 1.0, production 2 (Char): no other character may stand in a document, not even as a reference.
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """One testcase. `group` is its class name, dotted; `message` is one line, `text` all there is to say."""

    name: str
    group: str
    outcome: Outcome = "passed"
    kind: str = ""
    message: str = ""
    text: str = ""
    seconds: float = 0.0


class Suite(NamedTuple):
    name: str
    cases: Sequence[Case]
    properties: Mapping[str, str]
    seconds: float = 0.0


def junit(name: str, suites: Sequence[Suite], *, began: datetime, seconds: float) -> str:
    """The document. Characters that XML cannot hold are written as `\\x00`."""
    root = ElementTree.Element("testsuites", {"name": _held(name)})
    root.attrib |= _counts([case for suite in suites for case in suite.cases], seconds)
    for suite in suites:
        element = ElementTree.SubElement(root, "testsuite", {"name": _held(suite.name)})
        element.attrib |= _counts(suite.cases, suite.seconds)
        element.set("timestamp", began.isoformat(timespec="seconds"))
        properties = ElementTree.SubElement(element, "properties")
        for key, value in suite.properties.items():
            ElementTree.SubElement(properties, "property", {"name": _held(key), "value": _held(value)})
        for case in suite.cases:
            _add(element, case)
    ElementTree.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(cases: Sequence[Case], seconds: float) -> dict[str, str]:
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {
        "tests": str(len(cases)),
        **{key: str(sum(1 for case in cases if case.outcome == outcome)) for key, outcome in counted.items()},
        "time": f"{seconds:.3f}",
    }


def _add(suite: ElementTree.Element, case: Case) -> None:
    attributes = {"name": _held(case.name), "classname": _held(case.group), "time": f"{case.seconds:.3f}"}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if case.outcome == "passed":
        if case.text:
            ElementTree.SubElement(element, "system-out").text = _held(case.text)
        return
    child = ElementTree.SubElement(element, case.outcome, {"message": _held(case.message)})
    if case.kind and case.outcome != "skipped":
        child.set("type", _held(case.kind))
    child.text = _held(case.text) or None


def _held(text: str) -> str:
    return _NO_CHARACTER.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
