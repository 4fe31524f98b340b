"""What is noted and found of commands about users and roles. A password is neither noted nor looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.contract.finding import Finding
from schemactl.engines.mongodb import canonical, live, queries

if TYPE_CHECKING:
    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Session

Before = dict[str, Any]


def before(session: Session, command: Command) -> Before:
    return {"right": live.right(session, _kind(command), command.collection)}


def probe(session: Session, command: Command, noted: Before) -> Finding:
    kind, name, query = _kind(command), command.collection, queries.of_right(command)
    was, now = noted.get("right"), live.right(session, _kind(command), command.collection)
    made, gone = command.name.startswith("create"), command.name.startswith("drop")
    if command.name.startswith("dropAll"):
        return Finding(verdict="unknown", evidence=f"{command.name} names nobody", query=query)
    if made or gone:
        done = (now is not None) == made and (was is None) == made
        told = f"{kind} {name} is {'there' if now is not None else 'not there'}"
        return Finding(verdict="done" if done else "not done", evidence=told, query=query)
    if now is None:
        return Finding(verdict="not done", evidence=f"there is no {kind} {name}", query=query)
    if "pwd" in command.document:
        return Finding(verdict="unknown", evidence=f"what the password of {name} is cannot be seen", query=query)
    done = _is_so(session, command, now)
    told = f"{kind} {name} {'has' if done else 'has not'} what was asked for"
    return Finding(verdict="done" if done else "not done", evidence=told, query=query)


def _kind(command: Command) -> str:
    return "user" if command.name.endswith(("User", "FromDatabase")) or "User" in command.name else "role"


def _is_so(session: Session, command: Command, now: dict[str, Any]) -> bool:
    document = command.document
    held, privileges = set(now.get("roles", ())), set(now.get("privileges", ()))
    roles = {_role(session, one) for one in document.get("roles") or ()}
    asked = {canonical.text_of(one) for one in document.get("privileges") or ()}
    if command.name.startswith("grant"):
        return roles <= held and asked <= privileges
    if command.name.startswith("revoke"):
        return not roles & held and not asked & privileges
    fits = [roles == held] if "roles" in document else []
    fits += [asked == privileges] if "privileges" in document else []
    fits += [_same(document, now, key) for key in ("customData", "authenticationRestrictions") if key in document]
    return all(fits)


def _same(document: dict[str, Any], now: dict[str, Any], key: str) -> bool:
    return live.right_facts({key: document[key]}).get(key) == now.get(key)


def _role(session: Session, role: Any) -> str:
    return canonical.text_of({"role": role, "db": session.name} if isinstance(role, str) else role)
