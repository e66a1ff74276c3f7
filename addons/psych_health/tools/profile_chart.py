"""The factor profile of a sheet as a small SVG for screen and paper. Plain Python, no library, no script.

One row per factor: name, bar, number; a filled diamond is the score of the sheet before, dashes are the lines of norms, numbered
in the order of the legend. Every row has a scale of its own, because factors differ in range.
"""

from html import escape

WIDTH, ROW, LEFT, RIGHT = 640, 26, 190, 62
BAR, OVER, PALE, INK, SOFT = "#4a7f6d", "#b7791f", "#e4eee9", "#2d3632", "#5c6963"


def svg(rows, norms=(), before=""):
    """Draw the profile.

    :param rows: dicts ``{"label", "score", "top", "lines": [number or None per norm], "before": number or None, "over"}``
    :param norms: names of the norms, for the legend
    :param str before: words for the score of the sheet before, for the legend; empty = none is drawn
    :return: SVG text; empty when there is nothing to draw
    """
    rows = [row for row in rows if row["score"] is not None]
    if not rows:
        return ""
    legend = [f"{index}: {name}" for index, name in enumerate(norms, 1)] + ([f"◆ {before}"] if before else [])
    height = ROW * len(rows) + (22 * len(legend) + 6 if legend else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'style="max-width:100%" font-size="13">'
    ]
    for index, row in enumerate(rows):
        parts += _row(row, index * ROW)
    for index, text in enumerate(legend):
        y = ROW * len(rows) + 18 + 22 * index
        parts.append(f'<text x="{LEFT}" y="{y}" fill="{SOFT}" font-size="12">{escape(text)}</text>')
    return "".join([*parts, "</svg>"])


def _row(row, y):
    room = WIDTH - LEFT - RIGHT
    top = max(row["top"] or 0, row["score"], *(line or 0 for line in row["lines"]), row["before"] or 0, 1e-9)

    def at(value):
        return LEFT + room * min(max(value, 0) / top, 1)

    middle = y + ROW / 2
    parts = [
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end" fill="{INK}">{escape(_short(row["label"]))}</text>',
        f'<rect x="{LEFT}" y="{y + 6}" width="{room}" height="{ROW - 12}" rx="4" fill="{PALE}"/>',
        f'<rect x="{LEFT}" y="{y + 6}" width="{at(row["score"]) - LEFT:.1f}" height="{ROW - 12}" rx="4" '
        f'fill="{OVER if row["over"] else BAR}"/>',
        f'<text x="{WIDTH - RIGHT + 6}" y="{middle + 4}" fill="{INK}">{row["score"]:.4g}</text>',
    ]
    for number, line in enumerate(row["lines"], 1):
        if line is not None:
            x = at(line)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 2}" y2="{y + ROW - 2}" stroke="{INK}" stroke-width="1.5" '
                f'stroke-dasharray="{4 if number == 1 else 2} 2"/>'
            )
            parts.append(f'<text x="{x + 2:.1f}" y="{y + 9}" fill="{SOFT}" font-size="9">{number}</text>')
    if row["before"] is not None:
        x = at(row["before"])
        parts.append(
            f'<path d="M{x:.1f} {middle - 5} l5 5 l-5 5 l-5 -5 z" fill="{INK}" stroke="#fff" stroke-width="1"/>'
        )
    return parts


def _short(text, limit=22):
    """A label that fits: a Chinese sign counts as two."""
    taken, kept = 0, []
    for char in text:
        taken += 2 if ord(char) > 255 else 1
        if taken > limit:
            return "".join(kept) + "…"
        kept.append(char)
    return text
