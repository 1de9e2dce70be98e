"""The command line: ``globular cluster``, ``predict``, ``choose-k`` and the other verbs (`entry.VERBS`).

Data goes to standard output and everything said about it to standard error, so that verbs
stand in pipes. Each verb lives in a file of its own, which is loaded when the verb is used:
``globular --help`` answers without loading NumPy.
"""

from globular.cli.entry import main

__all__ = ["main"]
