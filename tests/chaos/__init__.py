"""The chaos test.

Processes are killed under live traffic, and afterwards nothing may be missing or there twice.
"""
