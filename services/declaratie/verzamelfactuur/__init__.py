"""The year-end verzamelfactuur (release 2.4) in the service declaratie (docs/besluiten/0012)."""
