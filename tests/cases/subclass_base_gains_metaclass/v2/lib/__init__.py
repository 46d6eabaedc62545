class Meta(type):
    @property
    def label(cls):
        return f"<{cls.__name__}>"

    def __call__(cls, *args):
        made = super().__call__(*args)
        made.made_by = "Meta"
        return made


class Base(metaclass=Meta):
    __slots__ = ("made_by",)
