"""Reads that the sweep's role must never hold, and non-reads that it may.

The service authorization reference's access levels are no safety test: reading an object, a table's
rows or a password is "Read" there.
"""

from __future__ import annotations

DATA_READS = frozenset(
    {
        "appconfig:GetConfiguration",
        "appconfig:GetLatestConfiguration",
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "cassandra:Select",
        "cloudformation:GetTemplate",
        "cloudtrail:GetQueryResults",
        "cloudtrail:LookupEvents",
        "codeartifact:ReadFromRepository",
        "codecommit:GetBlob",
        "codecommit:GetFile",
        "codecommit:GitPull",
        "cognito-idp:AdminGetUser",
        "cognito-idp:ListUsers",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:GetRecords",
        "dynamodb:PartiQLSelect",
        "dynamodb:Query",
        "dynamodb:Scan",
        "ebs:GetSnapshotBlock",
        "ebs:ListChangedBlocks",
        "ebs:ListSnapshotBlocks",
        "ec2:GetConsoleOutput",
        "ec2:GetConsoleScreenshot",
        "ec2:GetPasswordData",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "eks:AccessKubernetesApi",
        "es:ESHttpGet",
        "glacier:GetJobOutput",
        "glue:GetConnection",
        "glue:GetConnections",
        "healthlake:ReadResource",
        "kafka-cluster:ReadData",
        "kinesis:GetRecords",
        "kinesis:SubscribeToShard",
        "kinesisvideo:GetMedia",
        "kms:Decrypt",
        "kms:GetParametersForImport",
        "lambda:GetFunction",
        "lambda:GetLayerVersion",
        "lightsail:DownloadDefaultKeyPair",
        "lightsail:GetInstanceAccessDetails",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "logs:StartLiveTail",
        "logs:StartQuery",
        "logs:Unmask",
        "macie2:GetSensitiveDataOccurrences",
        "neptune-db:ReadDataViaQuery",
        "rds:DownloadCompleteDBLogFile",
        "rds:DownloadDBLogFilePortion",
        "redshift-data:GetStatementResult",
        "redshift:GetClusterCredentials",
        "s3-object-lambda:GetObject",
        "s3-outposts:GetObject",
        "s3:GetObject",
        "s3:GetObjectTorrent",
        "s3:GetObjectVersion",
        "s3tables:GetTableData",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "sqs:ReceiveMessage",
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "sts:GetFederationToken",
        "sts:GetSessionToken",
        "support:DescribeAttachment",
        "support:DescribeCommunications",
        "support:RefreshTrustedAdvisorCheck",
        "timestream:Select",
        "workdocs:GetDocument",
        "workmailmessageflow:GetRawMessageContent",
    }
)
"""Reads of what customers store or say, and of secrets. No collector may declare one of them.

API Gateway's keys have no action of their own: `apigateway:GET` reads them by path, which the session
policy refuses.
"""

WRITES_THAT_READ = frozenset(
    {
        # Starts the making of a report on the account's own users; changes nothing but the report's date.
        "iam:GenerateCredentialReport",
    }
)
"""Not List or Read in AWS's reference, and needed to read."""
