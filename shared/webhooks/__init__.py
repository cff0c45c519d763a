"""Webhooks: a party is told at an address of its own what waits in its mailbox (decision 0034)."""
