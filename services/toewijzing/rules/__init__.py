"""The rules that hold a message against what was known before (levels 3 and 4): one function each, in a table per
class.

toewijzing  ToegewezenProduct of WMO301
verzoek     Client, AangevraagdProduct, Verzoek and NieuwProduct of WMO315 and WMO317
wijziging   OngewijzigdProduct and TeWijzigenProduct of WMO317
antwoord    Antwoord of WMO319
signalen    what is only told to the parties (level 0)
"""
