"""What follows migrations: the rights that roles.toml says of what they made, given by the owner (docs/adr/0014)."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from schemactl.contract.engine import Missing
from schemactl.errors import SchemactlError
from schemactl.events import Noted, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemactl.contract.engine import Engine
    from schemactl.contract.rights import Change
    from schemactl.events import Listener
    from schemactl.model.rights import Wanted
    from schemactl.workflows.site import Site


@contextmanager
def given_after(engine: Engine, site: Site, emit: Listener) -> Iterator[None]:
    """The body applies migrations or undoes them; rights follow, also behind those that came before a failure.

    raises  ConfigError before the body where roles.toml does not hold; SchemactlError where rights could not be given
    """
    wanted = site.rights()
    if wanted is not None and not isinstance(engine.rights, Missing):
        why = engine.rights.work_as_owner(wanted)
        if why:
            emit(Warned(site.target, why, "`schemactl provision`, and log in as the one that `migrates` in roles.toml"))
    try:
        yield
    except SchemactlError as error:
        if wanted is not None:
            # The body's own error is the one to tell.
            with suppress(SchemactlError):
                if _give(engine, site, wanted, emit) and error.now:
                    error.now = f"{error.now}; rights of roles are as roles.toml says"
        raise
    if wanted is not None:
        _give(engine, site, wanted, emit)


def looked(engine: Engine, site: Site) -> tuple[Change, ...]:
    """What `give` would tell now. Reads only."""
    if isinstance(engine.rights, Missing) or engine.limits.read_only:
        return ()
    wanted = site.rights()
    return engine.rights.look(wanted) if wanted is not None else ()


def give(engine: Engine, site: Site, emit: Listener) -> None:
    """Rights alone, where nothing is pending: a run that was killed may have left them behind."""
    wanted = site.rights()
    if wanted is not None:
        _give(engine, site, wanted, emit)


def tell(site: Site, changes: Iterable[Change], emit: Listener) -> None:
    for change in changes:
        if change.verdict == "same":
            emit(Warned(site.target, f"{change.name}: {change.now}", change.do or None))
            continue
        emit(Noted(site.target, None, f"{change.verdict:<6}  {change.what}  {change.name}"))


def _give(engine: Engine, site: Site, wanted: Wanted, emit: Listener) -> bool:
    """Tells each change. Returns whether there was one."""
    if isinstance(engine.rights, Missing):
        return False
    try:
        changed = engine.rights.align(wanted)
    except SchemactlError as error:
        error.now = "the migrations are as the ledger says; roles have the rights that they had"
        error.do = f"{error.do}; then `schemactl provision`" if error.do else "see `schemactl provision --dry-run`"
        raise
    tell(site, changed, emit)
    return any(change.verdict != "same" for change in changed)
