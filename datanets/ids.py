"""Short ids that fit a button, a file name and a spoken sentence."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(length: int = 12) -> str:
    """Return a random id of Crockford's base 32: 5 bits a character, 60 by default."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
