"""`./dev image`: build the image without Docker and try docs/deploy.md on it.

`build` makes the image by buildah, on bases from Debian's packages. `trial` then runs it, in namespaces of its own,
with the commands, environment and secrets of docker/compose.yaml and the backup commands of docs/deploy.md.
"""
