import io
from xml.etree.ElementTree import Element

import et_xmlfile
from et_xmlfile.xmlfile import LxmlSyntaxError


def hold():
    out = io.BytesIO()
    whole = et_xmlfile.xmlfile(out)
    writer = whole.__enter__()
    outer = writer.element("root", {"a": "1"})
    outer.__enter__()
    inner = writer.element("{http://h.test/ns}in")
    with inner:
        writer.write("text & more")
    return out, whole, writer, outer, et_xmlfile.xmlfile, LxmlSyntaxError


def use(held):
    out, whole, writer, outer, kind, error = held
    child = Element("child")
    child.text = "c"
    writer.write(child)
    with writer.element("last", k="v"):
        pass
    outer.__exit__(None, None, None)
    whole.__exit__(None, None, None)
    text = out.getvalue().decode()
    assert (
        text.startswith("<root ")
        and 'a="1">' in text
        and "text &amp; more" in text
        and "<child>c</child>" in text
        and text.endswith("</root>")
    )
    assert 'k="v"' in text and "http://h.test/ns" in text and kind is et_xmlfile.xmlfile and type(whole) is kind
    try:
        with et_xmlfile.xmlfile(io.BytesIO()) as other:
            with other.element("a"):
                pass
            other.write("too late")
    except error as raised:
        assert isinstance(raised, LxmlSyntaxError)
    else:
        raise AssertionError("no error")
