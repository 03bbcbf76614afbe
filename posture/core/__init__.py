"""Domain types, standard library only: resource, gap, outcome, check, collector.

Nothing here may know Django, boto3 or any other room of the house; every other room may know this one.
"""
