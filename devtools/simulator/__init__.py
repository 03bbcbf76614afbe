"""The simulated Organization.

An AWS that runs on this machine, with a story, for demonstrations and tests.

Nothing outside this package imports it but tests and the settings. The server side (`server`, `overlay`) and the
data side (`declared`, `apply`, `kinds`) know no Django; only the management command joins them with the product.
"""
