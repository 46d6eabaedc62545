import marshmallow
from marshmallow import fields, validate


class Upper(fields.String):
    def _serialize(self, value, attr, obj, **kwargs):
        return super()._serialize(value, attr, obj, **kwargs).upper()


class Item(marshmallow.Schema):
    name = Upper(required=True)
    price = fields.Decimal(as_string=True, validate=validate.Range(min=0))

    @marshmallow.post_load
    def pack(self, data, **kwargs):
        return tuple(sorted(data))


class Order(marshmallow.Schema):
    items = fields.List(fields.Nested(Item))
    at = fields.DateTime("iso")


def hold():
    order = Order()
    assert order.dump({"items": [{"name": "a", "price": 1}]}) == {"items": [{"name": "A", "price": "1"}]}
    return order, Item(many=True), marshmallow.class_registry.get_class("Item"), marshmallow.ValidationError


def use(held):
    order, items, cls, error = held
    assert isinstance(order, marshmallow.Schema) and cls is Item and error is marshmallow.ValidationError
    assert type(order.fields["items"]) is fields.List and items.load([{"name": "a"}]) == [("name",)]
    assert order.dump({"items": [{"name": "b", "price": 2}]}) == {"items": [{"name": "B", "price": "2"}]}
    assert items.validate([{"price": -1}])[0].keys() == {"name", "price"}
    try:
        order.load({"at": "never"})
    except marshmallow.ValidationError as caught:
        assert caught.messages == {"at": ["Not a valid datetime."]}
