"""Chat and nothing but chat: platforms draw, the desk decides."""
