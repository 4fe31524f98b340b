"""A snapshot as JSON, and back, for an engine whose objects are made by commands (docs/formats.md, "Snapshot")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from schemactl.errors import ConfigError
from schemactl.model.snapshot import Block, Snapshot
from schemactl.script import json_text
from schemactl.script.snapshot_faults import FORMAT, newer, no_snapshot, once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN: Final = "schemactl"


def command(value: Mapping[str, Any]) -> str:
    """A command in Extended JSON as the text of a block: keys in their order, two spaces a level."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def written(snapshot: Snapshot) -> str:
    """The text of a snapshot; equal snapshots have equal texts.

    raises  ValueError for one that could not be read back: a block whose text is not as `command` makes it
    """
    head = {"snapshot": FORMAT, "target": snapshot.target, "version": snapshot.version}
    objects = [
        {"kind": block.kind, "identity": list(block.identity), "command": json.loads(block.text)}
        for block in snapshot.blocks
    ]
    text = command({_OWN: head, "objects": objects}) + "\n"
    if parsed(text, engine=snapshot.engine, shown="") != snapshot:
        raise ValueError(f"the snapshot of {snapshot.target} cannot be read back from its text")
    return text


def parsed(text: str, *, engine: str, shown: str) -> Snapshot:
    """The snapshot that a text holds.

    shown  names the file in messages
    raises ConfigError (10), kind `snapshot` where it is none or only the beginning of one, `newer_snapshot`
    """
    source = json_text.Text(text, shown=shown)
    try:
        members = {member.key: member.value for member in source.only_object()}
    except ConfigError as fault:
        raise no_snapshot(f"the snapshot is torn, or is none: {fault.what}", fault.at or shown) from None
    head = members[_OWN].value if _OWN in members else None
    number = head.get("snapshot") if isinstance(head, dict) else None
    if not isinstance(head, dict) or not isinstance(number, int) or isinstance(number, bool):
        raise no_snapshot('this is not a snapshot: there is no "schemactl": {"snapshot": …}', source.place(0))
    if number > FORMAT:
        raise newer(number, source.place(members[_OWN].start))
    target, version = head.get("target"), head.get("version")
    listed = members["objects"].value if "objects" in members else None
    if not (isinstance(target, str) and isinstance(version, str) and isinstance(listed, list)):
        raise no_snapshot("the snapshot does not say its target, its version and its objects", source.place(0))
    return Snapshot(engine=engine, target=target, version=version, blocks=once(_blocks(listed, shown), shown=shown))


def _blocks(listed: list[Any], shown: str) -> Iterator[Block]:
    for number, item in enumerate(listed, 1):
        found = item if isinstance(item, dict) else {}
        kind, identity, made = found.get("kind"), found.get("identity"), found.get("command")
        named = isinstance(identity, list) and all(isinstance(part, str) for part in identity)
        if not (isinstance(kind, str) and isinstance(identity, list) and named and isinstance(made, dict)):
            raise no_snapshot(f"object {number} does not say its kind, its identity and its command", shown)
        try:
            text = command(made)
        except ValueError:
            # A number that no double holds is read as infinity, which JSON has no word for.
            raise no_snapshot(f"object {number} holds a number that is too large", shown) from None
        yield Block(kind, tuple(identity), text)
