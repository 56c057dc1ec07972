"""The client's own totals of a session, held against the calls known one by one, at any prices."""
