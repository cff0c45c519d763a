"""The rules within a message (level 2) on WMO301, WMO315, WMO317 and WMO319: one function each, in a table per class.

client     names, interpreter, contacts, relations
levering   product, period, omvang and budget, wherever they stand
stapeling  products that overlap
verzoek    what only requests and their answer have
"""
