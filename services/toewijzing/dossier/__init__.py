"""The case of a resident, from melding to WMO301 (Stappenplan steps 1 to 6, and the perspectiefplan process)."""
