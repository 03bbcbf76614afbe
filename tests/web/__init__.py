"""The frame: scope, tables, filters, figures, marks, and who may open what."""
