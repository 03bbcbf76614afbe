"""The AWS accounts, as a tree, a table and one by one: reads history, never AWS."""
