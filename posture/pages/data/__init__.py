"""Where sensitive data lies, and what is exposed of it: reads history, never AWS."""
