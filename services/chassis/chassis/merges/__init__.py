"""Merges: records that are one become one, and what refers to them follows in every service; with undo for 30 days."""

from chassis.merges.merging import KEPT, Merger, Wanted, concerned, event_of
from chassis.merges.moving import KIND, MOVED, TIMER, Mover, follow_merges, run_moving, sweep
from chassis.merges.progress import hear, progress_of
from chassis.merges.servicer import MergeServicer
from chassis.merges.tables import merges

__all__ = [
    "KEPT",
    "KIND",
    "MOVED",
    "TIMER",
    "MergeServicer",
    "Merger",
    "Mover",
    "Wanted",
    "concerned",
    "event_of",
    "follow_merges",
    "hear",
    "merges",
    "progress_of",
    "run_moving",
    "sweep",
]
