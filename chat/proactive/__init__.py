"""Proactive help: which rule invites a visitor, decided from plain values. No Django here."""
