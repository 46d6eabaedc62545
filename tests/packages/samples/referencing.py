import referencing
import referencing.exceptions
import referencing.jsonschema
from referencing.jsonschema import DRAFT7, DRAFT202012

SCHEMA = {
    "$id": "http://h.test/a",
    "$defs": {"b": {"$anchor": "here", "type": "string"}},
    "definitions": {"c": {"type": "null"}},
}


def retrieve(uri):
    if uri != "http://h.test/later":
        raise referencing.exceptions.NoSuchResource(ref=uri)
    return DRAFT202012.create_resource({"type": "integer"})


def hold():
    resource = DRAFT202012.create_resource(SCHEMA)
    registry = referencing.Registry(retrieve=retrieve).with_resource("http://h.test/a", resource)
    resolver = registry.resolver(base_uri="http://h.test/a")
    found = resolver.lookup("#here")
    assert found.contents["type"] == "string"
    return (
        registry.crawl(),
        resolver,
        found,
        resource,
        {DRAFT7: "seven"},
        referencing.exceptions.NoSuchResource,
        referencing.jsonschema.REFERRERS if hasattr(referencing.jsonschema, "REFERRERS") else None,
    )


def use(held):
    registry, resolver, found, resource, table, error, _ = held
    assert isinstance(registry, referencing.Registry) and registry["http://h.test/a"] == resource and len(registry) == 1
    assert (
        resolver.lookup("#/definitions/c").contents == {"type": "null"}
        and found.contents == resource.contents["$defs"]["b"]
    )
    assert resolver.lookup("later").contents == {"type": "integer"} and resource.id() == "http://h.test/a"
    assert table[DRAFT7] == "seven" and referencing.jsonschema.specification_with(DRAFT7_URI) is DRAFT7
    assert [anchor.name for anchor in DRAFT202012.create_resource(SCHEMA["$defs"]["b"]).anchors()] == ["here"]
    assert isinstance(found.resolver, type(resolver)) and resource == DRAFT202012.create_resource(SCHEMA)
    try:
        registry.get_or_retrieve("http://h.test/never")
    except error as raised:
        assert isinstance(raised, KeyError) and raised.ref == "http://h.test/never"
    else:
        raise AssertionError("no error")


DRAFT7_URI = "http://json-schema.org/draft-07/schema#"
