"""The commands: a module has ``register(app)``, which adds its command or commands."""
