"""Students in posts: class members, dorm informants, union, association; with vacancies, failures and lapses."""

from datetime import timedelta

from .staff import PLEDGE_VERSION, appoint

PORTAL_LIMIT = 20_000


def build(world):
    """Fill the posts of students as the table of the demo college tells, and give the holders portal users."""
    members = _members(world)
    informants = _informants(world)
    world.portal = _portal_users(world, members, informants)
    _appoint(world, "class_member", members)
    _appoint(world, "dorm_informant", informants)
    _unions(world)
    _failed(world)


def _members(world):
    """Return ``[(class, student, lapsed)]``: one for each class but the vacant ones."""
    rng = world.random("members")
    shape = world.shape
    first = [unit for unit in world.classes if world.class_info[unit]["grade"] == 1]
    older = [unit for unit in world.classes if world.class_info[unit]["grade"] == 2]
    world.failed_classes = rng.sample(first, min(2, shape.vacant_members))
    rest = [unit for unit in older if unit not in world.failed_classes]
    vacant = set(world.failed_classes) | set(
        rng.sample(rest, shape.vacant_members - len(world.failed_classes))
    )
    lapsed = set(rng.sample([unit for unit in rest if unit not in vacant], shape.lapsed_members))
    students = _by(world, "class_id")
    return [
        (unit, rng.choice(students[unit.id]), unit in lapsed) for unit in world.classes if unit not in vacant
    ]


def _informants(world):
    """Return ``[(room, student, lapsed)]``: one for each room but the vacant ones; nobody holds two posts."""
    rng = world.random("informants")
    shape = world.shape
    odd = rng.sample(range(len(world.rooms)), shape.vacant_informants + shape.lapsed_informants)
    vacant, lapsed = set(odd[: shape.vacant_informants]), set(odd[shape.vacant_informants :])
    residents = _by(world, "room_id")
    return [
        (room, rng.choice(residents[room.id]), index in lapsed)
        for index, room in enumerate(world.rooms)
        if index not in vacant
    ]


def _by(world, field):
    """Return ``{unit id: [student ids]}`` of the enrolled students by class or room."""
    world.env.cr.execute(
        f"SELECT {field}, array_agg(id ORDER BY number) FROM psych_student "  # pylint: disable=sql-injection
        f"WHERE company_id = %s AND {field} IS NOT NULL AND enrolment_state = 'enrolled' GROUP BY {field}",
        (world.company.id,),
    )
    return dict(world.env.cr.fetchall())


def _portal_users(world, members, informants):
    """Give portal users to the cadres and one plain student; the contact carries the number only.

    In very large colleges only the accounts of the roles get one.
    """
    holders = [student for _unit, student, lapsed in members + informants if not lapsed]
    lapsed = [student for _unit, student, lapsed in members + informants if lapsed]
    world.plain_student = world.students(
        [("id", "not in", holders + lapsed), ("entry_year", "=", world.year)], limit=1
    )
    wanted = [members[0][1], informants[-1][1], world.plain_student.id]
    if world.size <= PORTAL_LIMIT:
        wanted += holders + lapsed
    students = world.env["psych.student"].browse(dict.fromkeys(wanted))
    groups = [
        world.env.ref("base.group_portal").id,
        world.env.ref("psych_health.group_psych_health_student").id,
    ]
    logins = {world.plain_student.id: "student", members[0][1]: "member", informants[-1][1]: "informant"}
    users = world.env["res.users"].create(
        [
            {
                "name": student.number,
                "login": logins.get(student.id, student.number),
                "group_ids": [(6, 0, groups)],
                "company_id": world.company.id,
                "company_ids": [(6, 0, world.company.ids)],
                "lang": world.lang,
                "tz": world.company.psych_tz,
            }
            for student in students
        ]
    )
    for student, user in zip(students, users, strict=True):
        if student.id in logins:
            world.accounts[logins[student.id]] = user
    world.env.flush_all()
    world.env.cr.execute_values(
        "UPDATE psych_student s SET user_id = v.user_id, partner_id = v.partner_id "
        "FROM (VALUES %s) AS v(id, user_id, partner_id) WHERE s.id = v.id",
        [(student.id, user.id, user.partner_id.id) for student, user in zip(students, users, strict=True)],
    )
    students.invalidate_recordset(["user_id", "partner_id"])
    return users


def _appoint(world, code, holders):
    """Appoint students: trained and tested in weeks 2 and 3; a lapsed one was not trained again this year."""
    rng = world.random(code)
    post = world.post(code)
    rows, people = [], []
    for unit, student, lapsed in holders:
        trained = world.day(2, 6) if rng.random() < 0.5 else world.day(3, 6)
        start = trained + timedelta(days=2)
        if lapsed:
            trained -= timedelta(days=380)
            start -= timedelta(days=380)
        cast = rng.randrange(30, 46)
        rows.append(
            {
                "post_id": post.id,
                "unit_id": unit.id,
                "student_id": student,
                "date_start": start,
                "date_end": start + timedelta(days=760 if lapsed else 364),
                "training_date": trained,
                "training_hours": 8,
                "training_mark": rng.randrange(68, 99),
                "pledge_date": world.day(3, 1) if lapsed else start,
                "pledge_version": PLEDGE_VERSION,
                "vote_date": trained - timedelta(days=9),
                "vote_for": cast - rng.randrange(2, 9),
                "vote_total": cast,
            }
        )
        people.append((code, unit, world.env["psych.student"].browse(student)))
    appoint(world, rows, people)


def _unions(world):
    """Fill union, branches, association and psychology sections with students of the second year."""
    rng = world.random("unions")
    second = [
        (unit, student)
        for _m, unit, student in world.people["class_member"]
        if world.class_info[unit]["grade"] == 2
    ]
    chair = rng.choice(second)[1]
    members = {m.student_id for m, _unit, _student in world.people["class_member"]}
    others = [
        s
        for s in world.students([("entry_year", "=", world.year - 1), ("enrolment_state", "=", "enrolled")])
        if s not in members
    ]
    seats = [("union_chair", world.union, chair)]
    for college in world.colleges:
        inside = [student for unit, student in second if unit.college_id == college and student != chair]
        if not inside:
            inside = [
                student
                for _m, unit, student in world.people["class_member"]
                if unit.college_id == college and student != chair
            ]
        seats.append(("union_branch_head", world.college_units[college]["union_branch"], rng.choice(inside)))
        seats.append(
            (
                "section_head",
                world.college_units[college]["section"],
                rng.choice([s for s in others if s.college_id == college]),
            )
        )
    seats.append(("association_president", world.association, rng.choice(others)))
    start = world.day(4, 3)
    rows = [
        {
            "post_id": world.post(code).id,
            "unit_id": unit.id,
            "student_id": student.id,
            "date_start": start,
            "date_end": start + timedelta(days=364),
            "pledge_date": start,
            "pledge_version": PLEDGE_VERSION,
        }
        for code, unit, student in seats
    ]
    appoint(world, rows, seats)


def _failed(world):
    """Two nominated members did not pass the training test; their classes are still vacant."""
    students = _by(world, "class_id")
    post = world.post("class_member")
    world.env["psych.membership"].create(
        [
            {
                "post_id": post.id,
                "unit_id": unit.id,
                "student_id": students[unit.id][7],
                "state": "nominated",
                "date_start": world.day(3, 1),
                "training_date": world.day(3, 6),
                "training_mark": mark,
                "training_hours": 8,
                "vote_for": 27,
                "vote_total": 41,
                "vote_date": world.day(2, 4),
                "criterion_ids": [(6, 0, post.criterion_ids.ids)],
            }
            for unit, mark in zip(world.failed_classes, (52, 56), strict=False)
        ]
    )
