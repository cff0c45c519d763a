"""The demo: the chain from toewijzing to paid declaratie, played over HTTP as two parties."""
