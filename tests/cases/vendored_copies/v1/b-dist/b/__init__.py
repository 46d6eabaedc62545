from .vendored import pack
