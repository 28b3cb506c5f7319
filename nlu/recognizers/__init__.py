"""Built-in recognizers: dates, times, numbers, money, quantities, phones, e-mail, order numbers; zh-hans, en.

A text is folded (`reading`), what is written in Latin letters and digits as one thing is set aside (`identifiers`,
`phones`), and a grammar per language (`zh_*`, `en_*`, run by `grammar`) reads the rest from left to right, the
longest reading first. Plain Python, linear in the length of the text.
"""
