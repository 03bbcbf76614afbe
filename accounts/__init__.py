"""Who and which: the people who log in, and the AWS Organizations and AWS accounts they look at.

"Account" alone means a login to Django people and an AWS account to AWS people; here a login is a
`User` and an account is always an `AwsAccount`.
"""
