"""Every ``sudo()`` says why: it widens rights, so a reader must find the reason where it stands.

A *named seam* is a comment ``# named seam: why`` (or ``# sudo seam: why``, ``# sudo: why``) on the line of the call, in
its statement, on the line above the statement or above the function, or the words *Named seam* in the function's
docstring. ``sudo(False)`` narrows and needs none; builders of the demo college and tests are not part of the product.
"""

import ast
import itertools
import re
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[1] / "addons"
COMMENT = re.compile(r"#.*\b(named seam|sudo seam|sudo:)", re.IGNORECASE)
DOCSTRING = re.compile(r"\b(named|sudo) seam", re.IGNORECASE)
OUTSIDE = {"tests", "demo_college"}


def calls_of_sudo(tree):
    """Yield (call, innermost statement, functions around it)."""

    def walk(node, statement, functions):
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions = [*functions, node]
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "sudo":
            if not node.args:  # sudo(False) and sudo(self.env.su) give rights back
                yield node, statement, functions
        for child in ast.iter_child_nodes(node):
            yield from walk(child, statement, functions)

    yield from walk(tree, None, [])


def comments_above(lines, number):
    """:return: the block of comment lines straight above line ``number`` (from 1), as one text"""
    above = list(
        itertools.takewhile(lambda line: line.strip().startswith("#"), reversed(lines[: number - 1]))
    )
    return "\n".join(above)


def words_at(lines, call, statement, functions):
    """Yield the comments that may explain ``call``: in and above its statement, above and in its functions."""
    last = call.func.end_lineno if hasattr(statement, "body") else statement.end_lineno
    yield "\n".join(lines[statement.lineno - 1 : last])
    yield comments_above(lines, statement.lineno)
    for function in functions:
        yield comments_above(lines, function.lineno - len(function.decorator_list))


def without_seam(path):
    """:return: lines of ``path`` with a ``sudo()`` that nobody explains"""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    found = []
    for call, statement, functions in calls_of_sudo(ast.parse(source)):
        line = call.func.end_lineno
        texts = [ast.get_docstring(function) or "" for function in functions]
        if not any(map(COMMENT.search, words_at(lines, call, statement, functions))) and not any(
            map(DOCSTRING.search, texts)
        ):
            found.append(f"{path.relative_to(ADDONS)}:{line}: {lines[line - 1].strip()}")
    return found


def test_no_sudo_without_a_named_seam():
    files = [path for path in sorted(ADDONS.rglob("*.py")) if not OUTSIDE & {path.stem, *path.parts}]
    assert len(files) > 100
    bare = [line for path in files for line in without_seam(path)]
    assert not bare, "calls of sudo() without a reason:\n" + "\n".join(bare)


def test_the_test_sees_what_it_should(tmp_path, monkeypatch):
    monkeypatch.setattr("test_sudo_seams.ADDONS", tmp_path)
    path = tmp_path / "x.py"
    path.write_text("def f(self):\n    return self.sudo().name\n")
    assert without_seam(path) == ["x.py:2: return self.sudo().name"]
    for good in (
        "def f(self):\n    return self.sudo().name  # named seam: the name\n",
        "def f(self):\n    # named seam: the name\n    return self.sudo().name\n",
        'def f(self):\n    """Named seam: the name."""\n    return self.sudo().name\n',
        "# sudo seam: the name\n@api.model\ndef f(self):\n    return self.sudo().name\n",
        "def f(self):\n    return self.sudo(False).name\n",
    ):
        path.write_text(good)
        assert without_seam(path) == [], good
