import datetime

import jsonschema
import jsonschema.exceptions
import jsonschema.protocols
import jsonschema.validators
import referencing.jsonschema

SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 1},
        "at": {"type": "moment"},
        "day": {"format": "day"},
        "ref": {"$ref": "http://h.test/other"},
    },
    "required": ["n"],
    "even": "n",
}


def even(validator, name, instance, schema):
    if instance.get(name, 0) % 2:
        yield jsonschema.ValidationError(f"{instance[name]} is odd")


CHECKER = jsonschema.FormatChecker()


@CHECKER.checks("day", raises=ValueError)
def is_day(value):
    return datetime.date.fromisoformat(value) is not None


def hold():
    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "moment", lambda checker, value: isinstance(value, datetime.datetime)
    )
    own = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"even": even}, type_checker=types)
    registry = referencing.Registry().with_resource(
        "http://h.test/other", referencing.jsonschema.DRAFT202012.create_resource({"type": "null"})
    )
    validator = own(SCHEMA, format_checker=CHECKER, registry=registry)
    errors = validator.iter_errors({"n": 0, "at": 1})
    first = next(errors)
    assert isinstance(first, jsonschema.ValidationError)
    return (
        own,
        validator,
        errors,
        first,
        jsonschema.Draft7Validator({"items": {"type": "string"}}),
        jsonschema.exceptions.ErrorTree(validator.iter_errors({"n": 0})),
        types,
    )


def use(held):
    own, validator, errors, first, seven, tree, types = held
    validator.validate({"n": 2, "at": datetime.datetime.now(), "day": "2020-01-02", "ref": None})
    assert [error.validator for error in [first, *errors]] == ["minimum", "type"] and isinstance(validator, own)
    assert {error.validator for error in validator.iter_errors({"n": 3, "day": "never", "ref": 1})} == {
        "even",
        "format",
        "type",
    }
    assert "minimum" in tree["n"].errors and type(tree) is jsonschema.exceptions.ErrorTree and tree.total_errors == 1
    assert (
        isinstance(validator, jsonschema.protocols.Validator)
        and validator.evolve(schema={"type": "moment"}).is_valid(1) is False
    )
    assert types.is_type(datetime.datetime.now(), "moment") and not seven.is_valid(["a", 1]) and seven.is_valid(["a"])
    best = jsonschema.exceptions.best_match(seven.iter_errors(["a", 1]))
    assert list(best.absolute_path) == [1] and best.json_path == "$[1]" and type(first) is jsonschema.ValidationError
    assert (
        jsonschema.validators.validator_for({"$schema": "http://json-schema.org/draft-07/schema#"})
        is jsonschema.Draft7Validator
    )
    try:
        own.check_schema({"type": 12})
    except jsonschema.SchemaError as error:
        assert isinstance(error, jsonschema.exceptions._Error)
    else:
        raise AssertionError("no error")
