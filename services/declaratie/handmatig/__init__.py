"""The gemeente's hand: lines that wait for a decision of a gemeente before the declaration is answered."""
