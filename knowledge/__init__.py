"""The live library: books in GitBook form, read, cut into sections, kept fresh and searched."""
