"""The whole system on one machine, in one supervised tree of processes. `python -m local up` starts it."""
