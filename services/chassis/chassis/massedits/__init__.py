"""Mass edits: the same change of many records, a chunk a transaction, with undo."""

from chassis.massedits.run import KIND, run_mass_edit
from chassis.massedits.servicer import MassEditServicer

__all__ = ["KIND", "MassEditServicer", "run_mass_edit"]
