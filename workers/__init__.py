"""The only room with torch: families, datasets, training, serving and dispatch."""
