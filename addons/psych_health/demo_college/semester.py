"""Three semesters around today, with their holidays, exams and periods."""

from datetime import date, timedelta

WEEKS = 20


def build(world):
    """Make the last, the present and the next semester; today lies in week 11 of the present one."""
    start = world.monday
    end = start + timedelta(days=7 * WEEKS - 1)
    before = (world.year, "1") if world.semester == "2" else (world.year - 1, "2")
    after = (world.year, "2") if world.semester == "1" else (world.year + 1, "1")
    rows = [
        (*before, start - timedelta(weeks=WEEKS + 6), start - timedelta(weeks=6, days=1)),
        (world.year, world.semester, start, end),
        (*after, end + timedelta(weeks=4, days=1), end + timedelta(weeks=4 + WEEKS)),
    ]
    terms = world.env["psych.term"].create(
        [
            {
                "year_start": year,
                "semester": semester,
                "date_start": first,
                "date_end": last,
                "company_id": world.company.id,
            }
            for year, semester, first, last in rows
        ]
    )
    world.term = terms[1]
    world.env["psych.term.event"].create([dict(event, term_id=world.term.id) for event in _events(world)])


def _events(world):
    """Return the periods of the present semester; those before today have happened."""
    autumn = world.semester == "1"
    events = [
        ("exam", "期中考试", world.day(12), world.day(12, 5)),
        ("exam", "期末考试", world.day(19), world.day(20, 5)),
        ("event", "心理健康教育月" + ("（10·10）" if autumn else "（5·25）"), world.day(7), world.day(10, 7)),
        ("event", "校园运动会", world.day(9, 4), world.day(9, 5)),
        ("internship", "毕业年级顶岗实习", date(world.year, 7, 1), world.day(20, 7)),
    ]
    if autumn:
        events.append(("entry", "新生报到", world.day(0, 5), world.day(0, 7)))
    else:
        events.append(("leaving", "毕业生离校", world.day(18), world.day(18, 5)))
    return [
        {"kind": kind, "name": name, "date_start": first, "date_end": max(first, last)}
        for kind, name, first, last in events
    ]
