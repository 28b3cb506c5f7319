"""A demo business backend: orders, bookings, accounts that the flows of the scenario packs talk to over HTTP.

It stands for the systems that a company has already, so it knows nothing of Xiaoer and imports nothing of it:
it could run on another machine. Everything is in memory and placed relative to its clock; a reset brings back
the first state.
"""
