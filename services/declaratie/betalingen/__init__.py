"""Payment proposals: from granted lines, by two pairs of eyes, to a payment order."""
