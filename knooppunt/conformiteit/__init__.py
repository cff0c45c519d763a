"""The conformity card: every rule that this node has, its tests, and what became of them.

lijst     the rules that there should be, as data
register  the rules that there are, found in the code
proeven   the tests of each rule, and running them
kaart     all of it as one document, docs/conformiteit.md
"""
