"""What may be told of a server's refusal of a seed: nothing that came from a variable.

A server quotes values as it has them: cut, normalised, computed. What it may quote is left out wherever a value of a
variable can be among it; such a value that comes through as it is written is masked all the same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from schemactl.running.seed_values import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemactl.model.seed import Expanded, Rows
    from schemactl.running.failure import Failure

_LEAST_SECRET: Final = 3


class Words:
    """The words for the errors of one seed; `rows` None where it has none."""

    def __init__(self, rows: Rows | None) -> None:
        self._rows = rows

    def said(self, failure: Failure, at: str = "") -> str:
        """What the server said. `at`: the place of the row to blame, where that is known."""
        whole, bare = failure.sentence(), failure.unquoted()
        if whole == bare:
            return whole
        names = dict.fromkeys(value.written for value in self._values(at))
        if not names:
            return whole
        return f"{bare}; what it says of the values is not shown, for they may hold {', '.join(names)}"

    def hidden(self, text: str) -> str:
        """`text` with every value of a variable as the file has it."""
        return hidden(text, self._values())

    def _values(self, at: str = "") -> list[Expanded]:
        """The values of variables in what stands `at`; in all of the seed where that is no row."""
        if self._rows is None or self._rows.columns:  # a CSV file has no variables in it
            return []
        found: list[tuple[str, Mapping[str, Any]]] = [(row.at, row.values) for row in self._rows.rows]
        for one in self._rows.relationships:
            found += [(one.at, one.values), (one.at, one.source.by), (one.at, one.to.by)]
        here = [values for place, values in found if place == at] or [values for _, values in found]
        return [value for values in here for value in expanded(values.values())]


def hidden(text: str, values: Iterable[Expanded]) -> str:
    """`text`, an error's words, with these values as the file has them, however a server quotes them."""
    for value in sorted(set(values), key=len, reverse=True):
        if len(value) < _LEAST_SECRET:
            continue
        quoted = json.dumps(value, ensure_ascii=False)[1:-1]
        forms = (value, quoted, quoted.replace("'", "\\'"), value.replace("'", "\\'"), value.replace("'", "''"))
        any_of = "|".join(re.escape(form) for form in dict.fromkeys(forms))
        text = re.sub(any_of, lambda _, written=value.written: written, text, flags=re.IGNORECASE)  # type: ignore[misc]
    return text
