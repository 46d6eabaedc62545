import boto3
import botocore.session
import botocore.stub
from botocore.config import Config


def hold():
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    client = session.client("s3", config=Config(retries={"max_attempts": 2}))
    seen = []
    client.meta.events.register("provide-client-params.s3.ListBuckets", lambda **kwargs: seen.append(kwargs["params"]))
    stubber = botocore.stub.Stubber(client)
    stubber.add_response("list_buckets", {"Buckets": [{"Name": "one"}]})
    stubber.activate()
    assert client.list_buckets()["Buckets"][0]["Name"] == "one"
    boto3.setup_default_session(region_name="eu-west-2")
    bucket = session.resource("s3").Bucket("held")
    return session, client, stubber, seen, bucket, client.exceptions.NoSuchKey, botocore.session.get_session()


def use(held):
    session, client, stubber, seen, bucket, missing, low = held
    stubber.add_response("list_buckets", {"Buckets": [{"Name": "two"}]})
    stubber.add_client_error("get_object", "NoSuchKey")
    assert client.list_buckets()["Buckets"][0]["Name"] == "two" and len(seen) == 2, seen
    try:
        client.get_object(Bucket="b", Key="k")
    except missing as error:
        assert isinstance(error, botocore.exceptions.ClientError)
    else:
        raise AssertionError("no error")
    url = client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert "Signature=" in url and "/k?" in url, url
    assert type(session) is boto3.Session and boto3.DEFAULT_SESSION.region_name == "eu-west-2"
    assert session.client("sts").meta.service_model.service_name == "sts" and "s3" in session.get_available_services()
    assert bucket.name == "held" and bucket.Object("x").key == "x"
    assert isinstance(low, botocore.session.Session) and low.get_config_variable("region") is None
