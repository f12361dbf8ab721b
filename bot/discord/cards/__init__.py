"""How facts look on Discord."""
