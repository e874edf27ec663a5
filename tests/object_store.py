"""A real S3 server on a loopback port, for tests of what reads from buckets and writes to them."""

from __future__ import annotations

import boto3
from attrs import define, field
from moto.server import ThreadedMotoServer

KEY, SECRET = "TESTACCESSKEY0000002", "storage-secret-key"


@define
class ObjectStore:
    """A server with one bucket, and what boto3 sees of it."""

    bucket: str = "scans"
    _server: ThreadedMotoServer = field(
        factory=lambda: ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    )

    def start(self):
        self._server.start()
        self.client.create_bucket(Bucket=self.bucket)

    def stop(self):
        self._server.stop()

    @property
    def url(self):
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    @property
    def environment(self):
        """The variables that obstore knows."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    @property
    def client(self):
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.url, **keys)

    def put(self, key, content, bucket=None):
        self.client.put_object(Bucket=bucket or self.bucket, Key=key, Body=content)

    def get(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix=""):
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", ())]
