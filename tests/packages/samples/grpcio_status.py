import collections

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status


class Call(grpc.RpcError, grpc.Call):
    """What a client of the program caught."""

    def __init__(self, status):
        self.status = status

    def trailing_metadata(self):
        return self.status.trailing_metadata

    def code(self):
        return self.status.code

    def details(self):
        return self.status.details

    def add_callback(self, callback): ...
    def cancel(self): ...
    def initial_metadata(self): ...
    def is_active(self): ...
    def time_remaining(self): ...


Own = collections.namedtuple("Own", "code details trailing_metadata")


def status():
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.DebugInfo(detail="more"))
    return status_pb2.Status(code=code_pb2.NOT_FOUND, message="gone", details=[detail])


def hold():
    given = rpc_status.to_status(status())
    call = Call(given)
    assert rpc_status.from_call(call).message == "gone" and given.code is grpc.StatusCode.NOT_FOUND
    return (
        given,
        call,
        rpc_status.from_call,
        rpc_status.to_status,
        rpc_status.code_to_grpc_status_code,
        {rpc_status.GRPC_DETAILS_METADATA_KEY: "key"},
    )


def use(held):
    given, call, read, make, convert, table = held
    assert read(call) == status() and isinstance(given, grpc.Status) and isinstance(given, rpc_status._Status)
    assert read is rpc_status.from_call and make is rpc_status.to_status and table["grpc-status-details-bin"] == "key"
    assert make(status()).trailing_metadata == given.trailing_metadata and convert(5) is grpc.StatusCode.NOT_FOUND
    info = error_details_pb2.DebugInfo()
    assert read(call).details[0].Unpack(info) and info.detail == "more"
    assert read(Call(Own(grpc.StatusCode.OK, "", None))) is None and given._replace(details="x").details == "x"
    for call in (lambda: convert(99), lambda: read(Call(given._replace(details="other")))):
        try:
            call()
        except ValueError:
            continue
        raise AssertionError("no error")
