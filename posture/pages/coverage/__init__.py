"""Native tools by account and region: reads history, never AWS."""
