"""Hand-over: what belongs to somebody who leaves goes to a successor.

Identity tells of it by one event; every service makes a job of it for each of its modules whose records belong to users.
"""

from chassis.handover.run import BEGUN, KIND, begin_hand_over, run_hand_over
from chassis.handover.servicer import HandOverServicer

__all__ = ["BEGUN", "KIND", "HandOverServicer", "begin_hand_over", "run_hand_over"]
