import mako.lookup
import mako.runtime
import mako.template


def hold():
    lookup = mako.lookup.TemplateLookup()
    lookup.put_string("base", "<%def name='shout(x)'>${x.upper()}</%def>[${self.body()}]")
    lookup.put_string("page", "<%inherit file='base'/>\n% for x in xs:\n${self.shout(x) | trim}\n% endfor")
    return lookup, lookup.get_template("page"), mako.template.Template("${a} ${b}"), mako.runtime.UNDEFINED


def use(held):
    lookup, page, template, undefined = held
    assert type(template) is mako.template.Template and template.render(a=1, b=2) == "1 2"
    assert page.render(xs=["a", "b"]).startswith("[") and undefined is mako.runtime.UNDEFINED
    assert lookup.get_template("page") is page and mako.template.Template("${x|h}").render(x="<") == "&lt;"
