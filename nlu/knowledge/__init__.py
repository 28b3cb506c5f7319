"""Articles as text: safe HTML, passages, tokens, and the keyword index. Plain Python, no Django."""
