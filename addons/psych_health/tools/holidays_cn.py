"""Public holidays and make-up working days of mainland China, from the maintained library ``holidays``."""

from datetime import timedelta

import holidays


def calendar_of(start, end):
    """Return the rows ``(kind, name, first day, last day)`` between two dates, sorted by day.

    ``kind`` is ``holiday`` (consecutive days of one holiday are one row) or ``makeup`` (a weekend day on which
    one works). Years that the State Council has not published yet carry only the days fixed by law.
    """
    table = holidays.country_holidays("CN", years=range(start.year, end.year + 1), language="zh_CN")
    rows = []
    for day in sorted(day for day in table if start <= day <= end):
        name = table[day].split("（")[0].split(";")[0].strip()
        if rows and rows[-1][3] + timedelta(days=1) == day:
            rows[-1][3] = day
        else:
            rows.append(["holiday", name, day, day])
    for day in sorted(getattr(table, "weekend_workdays", ())):
        if start <= day <= end:
            rows.append(["makeup", "调休上班", day, day])
    return sorted((tuple(row) for row in rows), key=lambda row: row[2])
