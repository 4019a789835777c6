"""Whose word is taken for a server being the one it says it is."""

import ssl


def trusting(ca: str) -> ssl.SSLContext:
    """The certificate `ca`, in PEM; where none is given, those the system trusts."""
    context = ssl.create_default_context(cadata=ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
