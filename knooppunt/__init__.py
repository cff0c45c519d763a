"""The command line and the embedded stack: the only place that sees all three services."""
