"""`./dev image`: builds the image without Docker or a hub and tries what docs/deploy.md promises of it.

`build` makes the image by buildah, on bases from Debian's packages. `trial` then runs it, in namespaces of its own,
with the commands, environment and secrets of docker/compose.yaml and the backup commands of docs/deploy.md.
"""
