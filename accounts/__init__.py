"""People who log in, and the AWS Organizations and accounts they may see.

"Account" alone means a login to Django people and an AWS account to AWS people; here a login is a
`User` and an account is always an `AwsAccount`.
"""
