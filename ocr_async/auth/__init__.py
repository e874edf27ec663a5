"""Who asks: credentials as values, the places where they are found, and how each signs a request."""

from ocr_async.auth.credentials import AkSk, Credential, Password, Token
from ocr_async.auth.providers import Chain, Env, Found, Metadata, NotFound, Profile, Provider

__all__ = [
    "AkSk",
    "Chain",
    "Credential",
    "Env",
    "Found",
    "Metadata",
    "NotFound",
    "Password",
    "Profile",
    "Provider",
    "Token",
]
