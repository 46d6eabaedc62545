from pycparser import c_ast, c_generator, c_parser


class Names(c_ast.NodeVisitor):
    def __init__(self):
        self.seen = []

    def visit_FuncDef(self, node):
        self.seen.append(node.decl.name)
        self.generic_visit(node)


def hold():
    parser = c_parser.CParser()
    tree = parser.parse("typedef int T; int f(T a) { return a + 1; }")
    names = Names()
    names.visit(tree)
    return parser, tree, names, c_generator.CGenerator(), {type(tree.ext[1]): "f"}


def use(held):
    parser, tree, names, generator, table = held
    names.visit(parser.parse("int g(void) { if (1) { return sizeof(int); } return 0; }", "g.c"))
    assert names.seen == ["f", "g"] and table[c_ast.FuncDef] == "f" and isinstance(tree, c_ast.FileAST)
    text = generator.visit(tree)
    assert "return a + 1" in text and c_generator.CGenerator().visit(c_parser.CParser().parse(text)) == text
    assert isinstance(tree.ext[1].body.block_items[0], c_ast.Return) and tree.children()[0][0] == "ext[0]"
