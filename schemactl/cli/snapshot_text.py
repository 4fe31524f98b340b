"""What became of snapshots, and how a file differs from its target, for people and for programs."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemactl.cli.output import Output
    from schemactl.cli.style import Style
    from schemactl.model.snapshot import Changed
    from schemactl.workflows.snapshot import Snapshots, TargetSnapshot

# Of each target; the whole is in --json, and in the file once it is written.
_LINES = 60
_SAID = {"new": "written", "changed": "changed", "unchanged": "unchanged"}
_FOUND = {"new": "absent", "changed": "differs", "unchanged": "unchanged"}


def tell(found: Snapshots, out: Output, style: Style, *, check: bool) -> None:
    """A line for each target; with `check` what differs, line by line. Errors on standard error."""
    if out.json:
        return
    words = _FOUND if check else _SAID
    for target in found.targets:
        if target.error is not None:
            continue
        word = words[target.outcome]
        painted = style.dim(word) if target.outcome == "unchanged" else style.yellow(word) if check else word
        out.line(f"{style.bold(target.target)}  {painted}  {target.site.shown}{_count(target)}")
        if target.kept:
            told = "not compared" if check else "those of the file were kept" if target.before else "not in it"
            out.line(style.dim(f"  rights: {told}, since {target.kept}"))
        if check:
            _tell_difference(target, out, style)
    for target in found.targets:
        if target.error is not None:
            out.error(target.error)
    if check and not found.settled and found.error is None:
        out.line("\n`schemactl snapshot` writes what the targets hold; look at the difference before you commit it")


def as_json(found: Snapshots, out: Output, *, check: bool) -> dict[str, Any]:
    """`{"settled", "targets": [{"target", "file", "outcome", "version", "objects", "changed", "diff", "rights_kept",
    "error"}]}`; `rights_kept` says why the rights are the file's, null where they are the target's.
    """
    words = _FOUND if check else _SAID
    return {
        "settled": found.settled,
        "targets": [
            {
                "target": target.target,
                "file": target.site.shown,
                "outcome": words.get(target.outcome, target.outcome),
                "version": target.live.version if target.live is not None else None,
                "objects": len(target.live.blocks) if target.live is not None else None,
                "changed": [_changed_json(one) for one in target.changed],
                "diff": "\n".join(_diff(target)) if check and target.outcome == "changed" else None,
                "rights_kept": target.kept or None,
                "error": out.error_json(target.error),
            }
            for target in found.targets
        ],
    }


def _count(target: TargetSnapshot) -> str:
    if target.outcome == "new" and target.live is not None:
        return f"  {_objects(len(target.live.blocks))}"
    if target.outcome != "changed":
        return ""
    count = len(target.changed)
    if count:
        return f"  {_objects(count)}"
    return "  the version alone" if _versions_differ(target) else "  the order alone"


def _objects(count: int) -> str:
    return f"{count} object{'s' if count != 1 else ''}"


def _versions_differ(target: TargetSnapshot) -> bool:
    return target.before is not None and target.live is not None and target.before.version != target.live.version


def _tell_difference(target: TargetSnapshot, out: Output, style: Style) -> None:
    if target.outcome != "changed":
        return
    lines = _diff(target)
    for line in lines[:_LINES]:
        paint = {"+": style.green, "-": style.red, "@": style.dim}.get(line[:1], str)
        out.line(f"  {paint(line)}")
    if len(lines) > _LINES:
        out.line(style.dim(f"  … and {len(lines) - _LINES} lines more; `--json` has them all"))


def _diff(target: TargetSnapshot) -> list[str]:
    old, new = target.before_text.splitlines(), target.text.splitlines()
    return [*unified_diff(old, new, target.site.shown, target.target, lineterm="")]


def _changed_json(one: Changed) -> dict[str, Any]:
    how = "added" if one.left is None else "removed" if one.right is None else "changed"
    return {"kind": one.kind, "identity": list(one.identity), "how": how}
