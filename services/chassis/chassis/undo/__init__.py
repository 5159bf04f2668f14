"""What a job wrote, chunk by chunk, and the way back: the same for imports and mass edits."""

from chassis.undo.changes import changes, remember
from chassis.undo.halves import in_halves, violation_of
from chassis.undo.undoer import Conflict, Undoer

__all__ = ["Conflict", "Undoer", "changes", "in_halves", "remember", "violation_of"]
