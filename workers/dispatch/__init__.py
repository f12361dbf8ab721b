"""The dispatcher: one durable workflow a run, carried out by a child process or by Ray."""
