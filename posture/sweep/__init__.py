"""The sweep engine: from roles to resources, gaps and outcomes; knows no Django and no database."""
