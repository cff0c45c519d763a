"""The regional catalogue: result areas with their intensities, products with their conditions, and what they cost."""
