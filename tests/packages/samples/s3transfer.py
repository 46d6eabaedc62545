import io

import boto3
import botocore.stub
import s3transfer.manager
import s3transfer.subscribers


class Subscriber(s3transfer.subscribers.BaseSubscriber):
    def __init__(self):
        self.seen = []

    def on_done(self, future, **kwargs):
        self.seen.append(type(future).__name__)


def hold():
    client = boto3.session.Session("id", "secret", region_name="eu-west-1").client("s3")
    config = s3transfer.manager.TransferConfig(max_request_concurrency=2)
    return (
        client,
        config,
        s3transfer.manager.TransferManager(client, config),
        Subscriber(),
        s3transfer.manager.TransferManager.ALLOWED_UPLOAD_ARGS,
    )


def use(held):
    client, config, manager, subscriber, allowed = held
    stubber = botocore.stub.Stubber(client)
    stubber.add_response("delete_object", {})
    stubber.add_response("put_object", {})
    with stubber:
        manager.delete("b", "k", subscribers=[subscriber]).result()
        manager.upload(io.BytesIO(b"data"), "b", "k", subscribers=[subscriber]).result()
    assert subscriber.seen == ["TransferFuture", "TransferFuture"] and "ACL" in allowed
    assert config.max_request_concurrency == 2 and type(manager) is s3transfer.manager.TransferManager
    manager.shutdown()
