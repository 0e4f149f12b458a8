"""`create BUCKET`, or `fetch URI FOLDER` as a storage initializer does."""

import sys
from pathlib import Path

import boto3

client = boto3.client("s3")
if sys.argv[1] == "create":
    client.create_bucket(Bucket=sys.argv[2])
else:
    uri, folder = sys.argv[2:]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    for each in client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")["Contents"]:
        path = Path(folder, each["Key"].removeprefix(f"{prefix}/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(bucket, each["Key"], str(path))
