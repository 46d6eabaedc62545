class Meta(type):
    def __new__(meta, name, bases, namespace, **options):
        made = super().__new__(meta, name, bases, namespace)
        made.made_by = 1
        return made

    def __call__(cls, *args, **kwargs):
        made = super().__call__(*args, **kwargs)
        made.called_by = 1
        return made

    def hello(cls):
        return (cls.__name__, 1)


class Base(metaclass=Meta):
    pass
