"""Keys that sign links, forms and cookies: the first one signs, all of them verify."""


def signing_keys(secret: str) -> list[str]:
    """`SECRET_KEY` ("new,old") in the order that itsdangerous wants: the one that signs last."""
    return [key.strip() for key in secret.split(",") if key.strip()][::-1]
