"""Chat and nothing but chat."""
