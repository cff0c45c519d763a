"""The case as it may move: who may do what, what must be there first, and why something is refused. Pure."""
