"""One machine without Docker.

Real servers from wheels, front-end assets, a browser, and what keeps them running.

Nothing in here is used by a deployed site; the site itself never imports this package.
"""
