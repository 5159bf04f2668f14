"""What a developer sees without a cluster: the mails that were sent, traces, metrics and processes.

Server-rendered pages on loopback, with nothing from outside; they show, and change nothing. Mails and SMS are taken here.
"""
