"""Takes personal data out of a text before anything stores it. Plain Python, no Django."""
