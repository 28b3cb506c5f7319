"""Files of training data in other products' forms, read and written as plain Python: no database, no Django."""
