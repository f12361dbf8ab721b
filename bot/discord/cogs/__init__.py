"""One file a use case: convert, call the desk, draw."""
