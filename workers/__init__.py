"""The only room with torch: the catalog of families, training, serving and dispatch."""
