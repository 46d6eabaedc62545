import typing

from typing_inspection import introspection, typing_objects


def hold():
    seen = introspection.inspect_annotation(
        typing.ClassVar[int], annotation_source=introspection.AnnotationSource.CLASS
    )
    return seen, {introspection.AnnotationSource.CLASS: "class"}, typing_objects.is_literal, introspection.UNKNOWN


def use(held):
    seen, table, is_literal, unknown = held
    assert (
        seen.type is int and "class_var" in seen.qualifiers and table[introspection.AnnotationSource.CLASS] == "class"
    )
    assert (
        is_literal(typing.Literal) and introspection.is_union_origin(typing.Union) and unknown is introspection.UNKNOWN
    )
    assert list(introspection.get_literal_values(typing.Literal["a", 1])) == ["a", 1]
    assert introspection.AnnotationSource.CLASS.allowed_qualifiers >= {"class_var"}
