"""What follows from a stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import Violation
from chassis.texts import register

register(
    {
        "STAGE_OF_OTHER_PIPELINE": ("该阶段不属于此销售流程", "The stage belongs to another pipeline"),
        "NO_PIPELINE": ("请先建立销售流程和阶段", "There is no pipeline with stages yet; make one first"),
    }
)


@dataclass(frozen=True)
class Stage:
    """What an opportunity needs to know of a stage."""

    id: UUID
    pipeline_id: UUID
    kind: str


def first_stage(stages: Sequence[Stage], pipeline_id: UUID | None) -> Stage | None:
    """The stage an opportunity begins in: the first of its pipeline, or of the first pipeline."""
    return next((stage for stage in stages if pipeline_id in (None, stage.pipeline_id)), None)


def settle(values: dict[str, Any], stages: Sequence[Stage], today: date) -> Violation | None:
    """Fill in pipeline, stage, status and closing day of a row; returns what does not fit."""
    chosen = next((stage for stage in stages if stage.id == values.get("stage_id")), None)
    if values.get("stage_id") and chosen is None:
        return Violation("stage_id", "UNKNOWN_REFERENCE")
    if chosen is None:
        chosen = first_stage(stages, values.get("pipeline_id"))
        if chosen is None:
            return Violation("stage_id", "NO_PIPELINE")
        values["stage_id"] = chosen.id
    if values.get("pipeline_id") not in (None, chosen.pipeline_id):
        return Violation("stage_id", "STAGE_OF_OTHER_PIPELINE")
    values["pipeline_id"] = chosen.pipeline_id
    if chosen.kind != "open" and values.get("status") == "open" and values.get("close_date") is None:
        values["close_date"] = today
    values["status"] = chosen.kind
    return None


def name_of(account: str, product: str) -> str:
    """What an opportunity is called when nobody named it."""
    return " – ".join(part for part in (account, product) if part)


def moved(before: Mapping[str, Any] | None, values: Mapping[str, Any]) -> bool:
    """Whether the row entered another stage."""
    return before is None or before["stage_id"] != values["stage_id"]
