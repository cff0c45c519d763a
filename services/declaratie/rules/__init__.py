"""The rules on WMO303D, WMO303F and WMO323 against other facts (levels 3 and 4), a module per subject.

``oordeel.py`` says which tables judge what. On a credit only those of a number, a toewijzing and the debit itself are
tried: when the toewijzing was shortened since, an old credit must still be possible (regels-tr, chapter 8).
"""
