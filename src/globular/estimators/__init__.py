"""The faces that scikit-learn's users know: parameters in, attributes out, no numerics."""
