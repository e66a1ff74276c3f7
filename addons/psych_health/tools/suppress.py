"""Small groups hidden in statistics, with complementary suppression.

A cell that counts 1 to ``limit - 1`` persons is hidden. When exactly one cell of a row or column with a shown total is
hidden, it could be computed back: so the smallest other cell of that line is hidden too, until nothing can be derived.
"""

LIMIT = 5


def hide(table, limit=LIMIT):
    """Which cells of a table must not be shown.

    :param dict table: ``{(row, column): count}``; totals are not part of it and are shown, when not small themselves
    :return: set of hidden ``(row, column)``
    """
    hidden = {cell for cell, count in table.items() if 0 < count < limit}
    lines = _lines(table)
    changed = True
    while changed:
        changed = False
        for line in lines:
            gone = [cell for cell in line if cell in hidden]
            if not gone or len(line) == 1:
                continue
            weight = sum(table[cell] for cell in gone)
            if len(gone) >= 2 and weight >= limit:
                continue
            rest = [cell for cell in line if cell not in hidden and table[cell]]
            if rest:
                hidden.add(min(rest, key=lambda cell: (table[cell], str(cell))))
                changed = True
    return hidden


def _lines(table):
    rows, columns = {}, {}
    for row, column in table:
        rows.setdefault(row, []).append((row, column))
        columns.setdefault(column, []).append((row, column))
    return [*rows.values(), *columns.values()]
