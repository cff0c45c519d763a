"""Errors of the command line: one Dutch sentence each, shown without a traceback, exit code 2."""

import errno

REASONS = {
    errno.EACCES: "geen toegang",
    errno.EPERM: "geen toegang",
    errno.EROFS: "alleen-lezen",
    errno.ENOENT: "bestaat niet",
    errno.EEXIST: "er staat een bestand met die naam",
    errno.ENOTDIR: "een deel van het pad is geen map",
    errno.ENOSPC: "de schijf is vol",
    errno.EADDRINUSE: "al in gebruik",
}


class KnooppuntStartError(Exception):
    """Something the operator has to set right first; the message is one Dutch sentence without secrets."""


def reason(error: OSError) -> str:
    """Why the operating system refused, in Dutch where we know the word."""
    return REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
