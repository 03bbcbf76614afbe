"""VPCs, their subnets and who can reach what; reads history, never AWS."""
