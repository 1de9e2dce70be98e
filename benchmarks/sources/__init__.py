"""One file a data set: each has a ``SOURCE``, or functions that return one (drawn)."""
