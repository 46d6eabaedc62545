import markdown_it
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode


def shout(state):
    for token in state.tokens:
        if token.type == "inline":
            for child in token.children:
                child.content = child.content.upper()


def own_rule(self, tokens, idx, options, env):
    return "<b>"


def hold():
    markdown = markdown_it.MarkdownIt("commonmark", {"breaks": True}).enable("table")
    markdown.core.ruler.push("shout", shout)
    markdown.add_render_rule("strong_open", own_rule)
    assert markdown.render("a *b*") == "<p>A <em>B</em></p>\n"
    tokens = markdown.parse("# t\n\n- x\n")
    return markdown, tokens, SyntaxTreeNode(tokens), markdown_it.MarkdownIt("js-default"), Token("x", "y", 0)


def use(held):
    markdown, tokens, tree, other, token = held
    assert markdown.render("**a**\nb") == "<p><b>A</strong><br />\nB</p>\n"
    assert "<table>" in markdown.render("|a|\n|-|\n|b|\n") and "shout" in markdown.get_active_rules()["core"]
    assert tokens[0].type == "heading_open" and type(tokens[0]) is Token and tree.children[0].type == "heading"
    assert other.render("~~x~~ http://a.b").startswith("<p><s>x</s>") and token.as_dict()["type"] == "x"
    assert markdown.renderer.render(tokens, markdown.options, {}).startswith("<h1>T</h1>")
