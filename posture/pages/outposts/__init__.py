"""Outposts, their workloads and the customer's duties; reads history, never AWS."""
