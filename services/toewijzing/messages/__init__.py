"""The messages of this service in domain terms, of both releases; the only place here that knows element names.

A reader gets the header, the content and what makes a pseudonym of a BSN. A date that no calendar has raises
SchemaError.
"""
