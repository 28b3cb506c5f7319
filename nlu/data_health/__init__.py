"""What is wrong with training data, found before a model learns it: plain rules over texts, without a model."""
