# NOTE FOR THE API ENGINEER: T1 wrote over your file of 09:19:35 by accident; please write yours again. (T1)
"""The interface for programs, and the visitors' session."""
