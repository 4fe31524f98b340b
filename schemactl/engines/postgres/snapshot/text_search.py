"""Text search configurations, dictionaries, parsers and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres.snapshot.part import Objects, Part, lines, part
from schemactl.engines.postgres.snapshot.words import dotted, function_name, ident, literal, routine, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemactl.model.catalog import CatalogObject

_PARSER = {"start": "START", "token": "GETTOKEN", "end": "END", "headline": "HEADLINE", "token_types": "LEXTYPES"}
_TEMPLATE = {"init": "INIT", "lexize": "LEXIZE"}


def parts(objects: Objects) -> Iterator[Part]:
    for turn, (kind, words) in enumerate((("text search parser", _PARSER), ("text search template", _TEMPLATE))):
        for item in objects.all(kind):
            yield _of_functions(item, words, turn)
    for item in objects.all("text search dictionary"):
        yield _dictionary(item)
    for item in objects.all("text search configuration"):
        yield _configuration(item)


def _text(item: CatalogObject, body: str, *more: str) -> str:
    what, name = item.kind.upper(), dotted(*item.identity)
    comment = item.facts.get("comment")
    says = f"COMMENT ON {what} {name} IS {literal(comment)}" if comment is not None else ""
    return lines(f"CREATE {what} {name} {body}", *more, says)


def _of_functions(item: CatalogObject, words: dict[str, str], turn: int) -> Part:
    facts = item.facts
    pairs = [(word, function_name(facts[fact])) for fact, word in words.items() if fact in facts]
    needs = {key for fact in words for key in routine(facts.get(fact))}
    return part(item, _text(item, settings(pairs)), rank="text search", turn=turn, needs=needs)


def _dictionary(item: CatalogObject) -> Part:
    # Options are kept as the words of the statement: `accept = 'false', stopwords = 'english'`.
    given = [item.facts["options"]] if item.facts.get("options") else []
    body = settings([("TEMPLATE", item.facts["template"])], *given)
    return part(item, _text(item, body), rank="text search", turn=2)


def _configuration(item: CatalogObject) -> Part:
    name = dotted(*item.identity)
    mappings = (
        f"ALTER TEXT SEARCH CONFIGURATION {name} ADD MAPPING FOR {ident(token)} WITH {', '.join(dictionaries)}"
        for token, dictionaries in sorted(item.facts.get("mappings", {}).items())
    )
    body = settings([("PARSER", item.facts["parser"])])
    return part(item, _text(item, body, *mappings), rank="text search", turn=3)
