"""What is noted and found of commands about users and roles. A password is neither noted nor looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemactl.contract.finding import Finding
from schemactl.engines.mongodb import canonical, live, queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemactl.engines.mongodb.commands import Command
    from schemactl.engines.mongodb.connection import Session

Before = dict[str, Any]
Right = tuple[str, str]
"""(database, role), or (resource, action)."""


def before(session: Session, command: Command) -> Before:
    return {"right": live.right(session, _kind(command), command.collection)}


def probe(session: Session, command: Command, noted: Before) -> Finding:
    kind, name, query = _kind(command), command.collection, queries.of_right(command)
    was, now = noted.get("right"), live.right(session, _kind(command), command.collection)
    made, gone = command.name.startswith("create"), command.name.startswith("drop")
    if command.name.startswith("dropAll"):
        return Finding(verdict="unknown", evidence=f"{command.name} names nobody", query=query)
    if command.name.startswith("revoke"):
        return _revoked(session, command, was, now, query)
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
    held, privileges = _held(now), _allowed(now)
    roles, asked = _roles_of(session, document), _actions_of(document)
    if command.name.startswith("grant"):
        return roles <= held and asked <= privileges
    fits = [roles == held] if "roles" in document else []
    fits += [asked == privileges] if "privileges" in document else []
    fits += [_same(document, now, key) for key in ("customData", "authenticationRestrictions") if key in document]
    return all(fits)


def _same(document: dict[str, Any], now: dict[str, Any], key: str) -> bool:
    return live.right_facts({key: document[key]}).get(key) == now.get(key)


def _revoked(session: Session, command: Command, was: Any, now: Any, query: str) -> Finding:
    """Done only where something that was held before is gone: what was never held says nothing."""
    name = command.collection
    roles, asked = _roles_of(session, command.document), _actions_of(command.document)
    before = (roles & _held(was or {})) | (asked & _allowed(was or {}))
    left = (roles & _held(now or {})) | (asked & _allowed(now or {}))
    if before and now is not None and not left:
        return Finding(verdict="done", evidence=f"{name} no longer has what was to be revoked", query=query)
    if now is not None and left == before:
        what = f"{name} has what is to be revoked" if before else f"{name} had nothing of that before either"
        return Finding(verdict="not done", evidence=what, query=query)
    return Finding(verdict="unknown", evidence=f"{name} has other rights than before", query=query)


def _held(facts: dict[str, Any]) -> set[Right]:
    return {(one["db"], one["role"]) for one in map(json.loads, facts.get("roles", ()))}


def _allowed(facts: dict[str, Any]) -> set[Right]:
    return _pairs(map(json.loads, facts.get("privileges", ())))


def _roles_of(session: Session, document: dict[str, Any]) -> set[Right]:
    asked = document.get("roles") or ()
    return {(session.name, one) if isinstance(one, str) else (str(one["db"]), str(one["role"])) for one in asked}


def _actions_of(document: dict[str, Any]) -> set[Right]:
    return _pairs(document.get("privileges") or ())


def _pairs(privileges: Iterable[dict[str, Any]]) -> set[Right]:
    """(resource, action): a server joins the privileges on one resource, and has an order of its own."""
    return {
        (json.dumps(canonical.plain(one["resource"]), sort_keys=True), str(action))
        for one in privileges
        for action in one["actions"]
    }
