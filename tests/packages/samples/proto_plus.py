import datetime

import proto
from google.protobuf import timestamp_pb2
from proto.marshal import Marshal


class Colour(proto.Enum):
    NONE = 0
    RED = 1


class Song(proto.Message):
    title = proto.Field(proto.STRING, number=1)
    length = proto.Field(proto.INT32, number=2, optional=True)


class Album(proto.Message):
    songs = proto.RepeatedField(Song, number=1)
    colour = proto.Field(Colour, number=2)
    at = proto.Field(timestamp_pb2.Timestamp, number=3)
    notes = proto.MapField(proto.STRING, proto.INT32, number=4)
    best = proto.Field(Song, number=5, oneof="choice")
    none = proto.Field(proto.BOOL, number=6, oneof="choice")


class Upper:
    """A rule of the program's marshal."""

    def to_python(self, value, *, absent=None):
        return value

    def to_proto(self, value):
        return value


def album():
    return Album(
        songs=[{"title": "a"}, Song(title="b", length=3)],
        colour=Colour.RED,
        notes={"n": 1},
        at=datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
    )


def hold():
    made = album()
    songs, notes = made.songs, made.notes
    assert songs[1].length == 3 and made.colour is Colour.RED
    marshal = Marshal(name="sample")
    marshal.register(timestamp_pb2.Timestamp, Upper())
    return made, songs, notes, Album.serialize(made), {Colour.RED: "red"}, marshal, Album.pb(made)


def use(held):
    made, songs, notes, data, table, marshal, raw = held
    assert Album.deserialize(data) == made == album() and type(made) is Album and isinstance(made, proto.Message)
    songs.append(Song(title="c"))
    notes["m"] = 2
    assert (
        [song.title for song in made.songs] == ["a", "b", "c"]
        and dict(made.notes) == {"n": 1, "m": 2}
        and len(raw.songs) == 3
    )
    assert (
        table[made.colour] == "red" and made.at.isoformat().startswith("2020-01-02") and "length" not in made.songs[0]
    )
    made.best = {"title": "best"}
    assert Album.pb(made).WhichOneof("choice") == "best" and Album.from_json(Album.to_json(made)) == made
    made.none = True
    assert "best" not in made and Album.to_dict(made)["colour"] == 1 and proto.Marshal(name="sample") == marshal
    try:
        Album(never=1)
    except ValueError as error:
        assert "never" in str(error)
    else:
        raise AssertionError("no error")

    class Late(proto.Message):
        album = proto.Field(Album, number=1)

    assert Late(album=made).album.songs[2].title == "c"
