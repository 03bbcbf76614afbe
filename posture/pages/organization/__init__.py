"""The AWS accounts as a tree, a map, a table and one by one; reads history."""
