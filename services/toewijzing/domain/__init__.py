"""What the messages of this service say: a client, toewijzingen, requests for them and answers."""
