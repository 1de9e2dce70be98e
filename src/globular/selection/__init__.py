"""How many clusters? Criteria for a given clustering, the choice among many, and other models beside k-means.

Nothing here imports scikit-learn, but for `compare`, which runs its models.
"""
