import docutils.core
import docutils.nodes
from docutils.parsers.rst import Directive, directives, roles


class Shout(Directive):
    has_content = True

    def run(self):
        return [docutils.nodes.paragraph(text=" ".join(self.content).upper())]


def twice(name, rawtext, text, lineno, inliner, options=None, content=None):
    return [docutils.nodes.emphasis(text=text * 2)], []


TEXT = "Title\n=====\n\n.. shout::\n\n   hello\n\n:twice:`a` and *b*\n"


def hold():
    directives.register_directive("shout", Shout)
    roles.register_local_role("twice", twice)
    return docutils.core.publish_doctree(TEXT), docutils.nodes.Text("t"), docutils.core.Publisher()


def use(held):
    tree, text, publisher = held
    assert isinstance(tree, docutils.nodes.document) and tree["title"] == "Title" and text == "t"
    assert [node.astext() for node in tree.findall(docutils.nodes.emphasis)] == ["aa", "b"]
    assert "HELLO" in tree.astext() and type(publisher) is docutils.core.Publisher
    again = docutils.core.publish_string(TEXT, writer_name="pseudoxml").decode()
    assert "HELLO" in again and "aa" in again
