"""The pages of the site, one package per area: each reads history through a scope and never calls AWS."""
