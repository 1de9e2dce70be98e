"""What a clustering is worth: whether k-means is the right model, and how labels compare with a truth."""
