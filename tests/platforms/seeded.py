"""What runs and dry runs of seeds said, in the short form in which tests compare it."""

from __future__ import annotations

from schemactl.workflows.planned_seeds import SeedsPlan
from schemactl.workflows.seed import SeedsResult


def told(result: SeedsResult) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Target and seed → rows added, changed, same."""
    return {
        (target.rpartition("/")[2], seed.label): (compared.added, compared.changed, compared.same)
        for target, seeds in result.seeds.items()
        for seed, compared in seeds
        if compared is not None
    }


def shown(plan: SeedsPlan) -> dict[tuple[str, str], tuple[tuple[str, str, str], ...]]:
    """Target and key of a row that differs → its fields: name, what it is, what it is to be."""
    return {
        (target.target.rpartition("/")[2], difference.key): difference.fields
        for target in plan.targets
        for seed in target.seeds
        if seed.compared is not None
        for difference in seed.compared.differences
    }
