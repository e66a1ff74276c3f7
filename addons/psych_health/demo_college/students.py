"""The students, by COPY: a hundred thousand rows in seconds, with the values the ORM would have written."""

import io
from datetime import date, timedelta

from . import names
from .shape import split

HOSPITALS = (
    "青禾市中心医院",
    "青禾市妇幼保健院",
    "东禾县人民医院",
    "西禾县中医医院",
    "南禾康复医院",
    "北禾社区卫生服务中心",
    "青禾大药房连锁",
    "青禾健康体检中心",
)


def build(world):
    """Make the students of all classes, give them rooms and whereabouts, and write them."""
    rows = _people(world)
    _whereabouts(world, rows)
    _rooms(world, rows)
    copy(world.env, rows)
    world.say(f"{len(rows)} students in {len(world.classes)} classes and {len(world.rooms)} rooms")


def _people(world):
    rng = world.random("students")
    women = {row[0]: row[2] for row in world.shape.colleges}
    rows, serial = [], 0
    for unit in world.classes:
        info = world.class_info[unit]
        share = women[info["college"].name]
        for seat in range(1, info["size"] + 1):
            serial += 1
            female = rng.random() < share
            name, family = names.person(rng, female)
            guardian, _family = names.person(rng, rng.random() < 0.5)
            rows.append(
                {
                    "number": f"{unit.code}{seat:02}",
                    "name": name,
                    "gender": "female" if female else "male",
                    "birth_date": _birthday(rng, unit.entry_year),
                    "ethnicity": names.ethnicity(rng),
                    "class_id": unit.id,
                    "college_id": info["college"].id,
                    "programme_id": info["programme"].id,
                    "entry_year": unit.entry_year,
                    "phone": names.phone(serial),
                    "guardian_name": family + guardian[1:],
                    "guardian_phone": names.phone(500_000 + serial),
                    "enrolment_state": "enrolled",
                    "whereabouts_state": "dorm",
                    "company_id": world.company.id,
                    "active": True,
                }
            )
    return rows


def _birthday(rng, entry_year):
    """Mostly eighteen at entry; a few are still minors, a few are older."""
    age = rng.choices((16, 17, 18, 19, 20, 22), (1, 6, 62, 24, 5, 2))[0]
    return date(entry_year - age, 1, 1) + timedelta(days=rng.randrange(365))


def _whereabouts(world, rows):
    """94 % of the third year on internship since July, 1.5 % of the others day students, a few at home or in hospital."""
    rng = world.random("whereabouts")
    last = world.year - 2
    third = [row for row in rows if row["entry_year"] == last]
    others = [row for row in rows if row["entry_year"] != last]
    for row in rng.sample(third, round(len(third) * 0.94)):
        row.update(
            whereabouts_state="internship",
            whereabouts_place=rng.choice(HOSPITALS),
            whereabouts_from=date(world.year, 7, 1),
            whereabouts_until=world.day(20, 7),
        )
    away = rng.sample(others, round(len(others) * 0.015) + 2 * max(2, len(rows) // 750))
    away, ill = away[: round(len(others) * 0.015)], away[round(len(others) * 0.015) :]
    for row in away:
        row.update(
            whereabouts_state="day",
            whereabouts_place="本地家中",
            whereabouts_from=date(row["entry_year"], 9, 1),
        )
    for index, row in enumerate(ill):
        row.update(
            enrolment_state="on_leave",
            whereabouts_state="hospital" if index == 0 else "home",
            whereabouts_place="市内住院" if index == 0 else "家中休养",
            whereabouts_from=world.day(3 + index % 6, 2),
        )


def _rooms(world, rows):
    """Spread who lives in the dormitory evenly over the rooms, women and men apart, classmates together."""
    living = [row for row in rows if row["whereabouts_state"] == "dorm"]
    groups = [[row for row in living if row["gender"] == gender] for gender in ("female", "male")]
    counts = split(len(world.rooms), [len(group) for group in groups])
    start = 0
    for group, count in zip(groups, counts, strict=True):
        seats = iter(group)
        for room, beds in zip(
            world.rooms[start : start + count], split(len(group), [1] * count), strict=True
        ):
            for row in (next(seats) for _bed in range(beds)):
                row["room_id"] = room.id
        start += count


def copy(env, rows):
    """Write ``rows`` (field name → value) of psych.student by COPY, with the ORM's defaults.

    Stored computed fields that the rows do not carry are left to the ORM afterwards.
    """
    Student = env["psych.student"]
    given = sorted({name for row in rows for name in row})
    stored = [
        name for name, field in Student._fields.items() if field.store and field.column_type and name != "id"
    ]
    defaults = {
        name: value
        for name, value in Student.default_get([n for n in stored if n not in given]).items()
        if value is not False
    }
    columns = given + sorted(defaults)
    tail = [_text(defaults[name]) for name in sorted(defaults)]
    buffer = io.StringIO()
    for row in rows:
        buffer.write("\t".join([_text(row.get(name)) for name in given] + tail) + "\n")
    buffer.seek(0)
    env.flush_all()
    env.cr.execute("SELECT COALESCE(max(id), 0) FROM psych_student")
    last = env.cr.fetchone()[0]
    env.cr.copy_from(buffer, "psych_student", columns=columns)
    env.invalidate_all()
    made = Student.with_context(active_test=False).search([("id", ">", last)])
    for name in stored:
        if Student._fields[name].compute and name not in columns:
            env.add_to_compute(Student._fields[name], made)
    env.cr.execute("ANALYZE psych_student")
    return made


def _text(value):
    """Return ``value`` as COPY's text format wants it."""
    if value is None or value is False:
        return "\\N" if value is None else "f"
    if value is True:
        return "t"
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
