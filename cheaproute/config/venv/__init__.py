"""The environment with the libraries: building it, and whether it works."""
