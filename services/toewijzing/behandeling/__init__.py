"""How each kind of message is judged and recorded; processing.py chooses the one for a message."""
