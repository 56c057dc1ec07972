"""The checks behind `cheaproute doctor`."""
