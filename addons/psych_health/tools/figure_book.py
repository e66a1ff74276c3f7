"""Figures of a campaign as a workbook with native charts. Plain Python: rows in, bytes out."""

import io


def workbook(title, head, groups):
    """Build the workbook.

    :param str title: heading of every sheet
    :param list head: column titles: group, factor, students, mean, share, last year
    :param dict groups: ``{sheet name: [(group, factor, number, mean, share, last mean, hidden)]}``
    :return: bytes of an XLSX file
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "bg_color": "#E8F0EC", "border": 1})
    number = book.add_format({"num_format": "0.00"})
    for name, rows in groups.items():
        sheet = book.add_worksheet(name[:31])
        sheet.write_row(0, 0, head, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 5, 14)
        for index, (group, factor, count, mean, share, last, hidden) in enumerate(rows, 1):
            sheet.write_row(index, 0, [group, factor])
            if hidden:
                sheet.write(index, 2, head[6])
                continue
            sheet.write(index, 2, count)
            sheet.write(index, 3, mean, number)
            if share:
                sheet.write(index, 4, share, number)
            if last:
                sheet.write(index, 5, last, number)
        sheet.autofilter(0, 0, max(1, len(rows)), 5)
        if rows:
            sheet.insert_chart(1, 7, _chart(book, sheet.get_name(), head, len(rows), title))
    book.close()
    return buffer.getvalue()


def _chart(book, sheet, head, count, title):
    chart = book.add_chart({"type": "bar"})
    for column in (3, 5):
        chart.add_series(
            {
                "name": head[column],
                "categories": [sheet, 1, 0, count, 1],
                "values": [sheet, 1, column, count, column],
            }
        )
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_x_axis({"name": head[3], "min": 0})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 720, "height": max(300, 24 * count + 120)})
    return chart
