"""Proposes new training utterances for thin intents, and says how good the proposals are. Plain Python."""
