"""What a role of roles.toml can do: verbs on all objects, other verbs on some, hidden columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from schemactl.model.rights import ObjectRights, Verb
from schemactl.project.names import did_you_mean

if TYPE_CHECKING:
    from schemactl.project.toml_table import Table

VERBS: tuple[Verb, ...] = get_args(Verb)
_OF_COLUMNS = ("read", "insert", "update")


def verbs_of(table: Table, key: str) -> tuple[Verb, ...]:
    """The verbs of `can`, each for all objects of the target.

    raises  ConfigError for a verb that there is not, and for columns: they belong to certain objects
    """
    found = _can(table, key)
    for index, (verb, columns) in enumerate(found):
        if columns:
            raise table.error(
                f"columns of which table? `{verb}` here is for all of them",
                key,
                index,
                do="name the table in [[roles.instead]]",
                kind="wrong_value",
            )
    return tuple(verb for verb, _ in found)


def instead_of(table: Table) -> tuple[ObjectRights, ...]:
    """The tables of `[[roles.instead]]`. raises  ConfigError"""
    found: list[ObjectRights] = []
    for below in table.tables("instead"):
        below.only(("objects", "can"))
        objects = below.texts("objects")
        for key in ("objects", "can"):
            if key not in below.data or (key == "objects" and not objects):
                raise below.error(
                    f"`{key}` is missing in [[roles.instead]]", do=f"add `{key} = […]`", kind="missing_key"
                )
        for index, name in enumerate(objects):
            if any(name in other.objects for other in found):
                raise below.error(f"`{name}` has a second [[roles.instead]]", "objects", index, kind="repeated")
        found.append(ObjectRights(objects, _can(below, "can")))
    return tuple(found)


def hidden_of(table: Table) -> tuple[str, ...]:
    """The list `hidden`, each `table.column` or `schema.table.column`. raises  ConfigError"""
    found = table.texts("hidden")
    for index, name in enumerate(found):
        if "." not in name or not all(name.split(".")):
            raise table.error(
                f"`{name}` names no column", "hidden", index, do='write "table.column"', kind="wrong_value"
            )
        if "*" in name.split("."):
            raise table.error(
                f"`{name}` names no single column: `*` stands for nothing here",
                "hidden",
                index,
                do="name each column with its table",
                kind="wrong_value",
            )
    return found


def _can(table: Table, key: str) -> tuple[tuple[Verb, tuple[str, ...]], ...]:
    value = table.data.get(key, [])
    if not isinstance(value, list):
        raise table.error(f"`{key}` is no list of verbs", key, do='write can = ["read"]', kind="wrong_type")
    found: dict[Verb, tuple[str, ...]] = {}
    for index, item in enumerate(value):
        for verb, columns in _item(table, key, index, item):
            if verb in found:
                raise table.error(f"`{key}` has `{verb}` twice", key, index, do="remove one", kind="repeated")
            found[verb] = columns
    return tuple(found.items())


def _item(table: Table, key: str, index: int, item: Any) -> list[tuple[Verb, tuple[str, ...]]]:
    if isinstance(item, str):
        return [(_verb(table, key, index, item), ())]
    if not isinstance(item, dict) or not item:
        raise table.error(
            f"`{key}` holds what is no verb",
            key,
            index,
            do='write "read", or { update = ["column"] }',
            kind="wrong_type",
        )
    found = []
    for word, columns in item.items():
        verb = _verb(table, key, index, word)
        if not isinstance(columns, list) or not columns or not all(isinstance(one, str) and one for one in columns):
            raise table.error(f"`{verb}` wants a list of columns", key, index, kind="wrong_type")
        if verb not in _OF_COLUMNS:
            raise table.error(f"`{verb}` is of whole rows, not of columns", key, index, kind="wrong_value")
        found.append((verb, tuple(dict.fromkeys(columns))))
    return found


def _verb(table: Table, key: str, index: int, word: str) -> Verb:
    for verb in VERBS:
        if verb == word:
            return verb
    raise table.error(f"no verb `{word}`", key, index, do=did_you_mean(word, VERBS), kind="wrong_value")
