"""One file a rival: each has a ``RIVAL``, and loads its library only when it fits."""
