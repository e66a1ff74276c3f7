"""Staff: who holds which post, who is away, who stands in, what is vacant."""

from collections import defaultdict
from datetime import date, timedelta

from . import names
from .shape import split

PLEDGE_VERSION = "1"


class Roster:
    """Collects persons with their posts and writes them in a few batches."""

    def __init__(self, world):
        self.world = world
        self.rng = world.random("staff")
        self.persons = []

    def hire(self, *posts, account=None, female=None):
        """Add a person holding ``posts`` = ``(post code, unit, values)``; ``account`` is the login of a role account."""
        female = self.rng.random() < 0.55 if female is None else female
        name, _family = names.person(self.rng, female)
        serial = self.world.serial()
        person = {"name": name, "serial": serial, "account": account, "posts": list(posts), "partner": None}
        self.persons.append(person)
        return person

    def write(self):  # pylint: disable=method-required-super
        """Create users and memberships; seats by office follow, the clinical ones confirmed by the vice-president."""
        self._write_users()
        self._write_memberships()

    def _write_users(self):
        world = self.world
        group = world.env.ref("base.group_user").id
        quiet = {"odoobot_state": "disabled"} if "odoobot_state" in world.env["res.users"]._fields else {}
        users = world.env["res.users"].create(
            [
                {
                    "name": person["name"],
                    "login": person["account"] or f"t{person['serial']:04}",
                    "email": f"t{person['serial']:04}@qinghe.example",
                    "phone": names.phone(900_000 + person["serial"]),
                    "company_id": world.company.id,
                    "company_ids": [(6, 0, world.company.ids)],
                    "group_ids": [(6, 0, [group])],
                    "lang": world.lang,
                    "tz": world.company.psych_tz,
                    "notification_type": "inbox",
                    **quiet,
                }
                for person in self.persons
            ]
        )
        users.partner_id.write({"psych_is_staff": True})
        for person, user in zip(self.persons, users, strict=True):
            person["partner"] = user.partner_id
            user.partner_id.psych_staff_number = f"T{person['serial']:04}"
            if person["account"]:
                world.accounts[person["account"]] = user
        world.staff_users = users

    def _write_memberships(self):
        world = self.world
        rows, holders = [], []
        for person in self.persons:
            for code, unit, vals in person["posts"]:
                rows.append(
                    dict(
                        self._terms(code),
                        post_id=world.post(code).id,
                        unit_id=unit.id,
                        partner_id=person["partner"].id,
                        **vals,
                    )
                )
                holders.append((code, unit, person["partner"]))
        appoint(world, rows, holders)

    def _terms(self, code):
        """Return start, end, pledge of a post: unlimited ones since some years, the others for this school year."""
        world, post = self.world, self.world.post(code)
        year = date(world.year, 9, 1)
        vals = {"date_start": min(year, world.monday), "date_end": False}
        if post.term_months:
            vals["date_end"] = max(date(world.year + 1, 8, 31), world.day(26))
        else:
            vals["date_start"] = date(world.year - self.rng.choice((0, 1, 1, 2, 3, 5)), 9, 1)
            vals["date_start"] = min(vals["date_start"], world.monday)
        if post.needs_pledge:
            vals.update(pledge_date=world.day(-1, 3), pledge_version=PLEDGE_VERSION)
        return vals


def appoint(world, rows, holders):
    """Create appointed memberships in one batch with letter numbers and the seats that follow by office.

    Rights are computed once for the batch. ``holders``: ``(post code, unit, person)`` in the order of ``rows``.
    """
    letters = world.env["ir.sequence"].search(
        [("code", "=", "psych.membership.letter"), ("company_id", "in", (False, world.company.id))],
        order="company_id",
        limit=1,
    )
    appointer = world.accounts.get("manager") or world.env.ref("base.user_root")
    for vals in rows:
        post = world.env["psych.post"].browse(vals["post_id"])
        vals.setdefault("state", "appointed")
        vals["criterion_ids"] = [(6, 0, post.criterion_ids.ids)]
        if vals["state"] == "appointed":
            vals.update(
                confirmed_by_id=appointer.id,
                proposed_by_id=appointer.id,
                letter_number=letters.next_by_id(),
            )
            vals["confirmed_at"] = world.at(vals["date_start"], 10)
    memberships = world.env["psych.membership"].create(rows)
    for membership, (code, unit, person) in zip(memberships, holders, strict=True):
        world.people[code].append((membership, unit, person))
    memberships.filtered(lambda m: m.post_id.follower_ids and m.state == "appointed")._sync_ex_officio()
    return memberships


def build(world):
    """Fill all posts of staff but the told vacancies, then certificates and absences."""
    roster = Roster(world)
    _school(roster)
    _centre(roster)
    _colleges(roster)
    _classes(roster)
    _night(roster)
    roster.write()
    _confirm_clinical(world)
    _changed_seats(world)
    _qualifications(world)
    _absences(world)


def _school(roster):
    world = roster.world
    roster.hire(("vice_president", world.root, {}), account="leader", female=False)
    roster.hire(("administrator", world.root, {}), account="manager", female=False)
    roster.hire(
        ("head_student_affairs", world.offices["student_affairs"], {}), account="director", female=True
    )
    roster.hire(
        ("deputy_head_student_affairs", world.offices["student_affairs"], {}),
        account="vicedirector",
        female=True,
    )
    roster.hire(("sa_psych_teacher", world.offices["student_affairs"], {}))
    roster.hire(("head_league", world.offices["league"], {}), account="league")
    roster.hire(
        ("league_psych_teacher", world.offices["league"], {}), ("association_guide", world.association, {})
    )
    for code in ("publicity", "academic", "security", "logistics", "public_course", "hospital", "clinic"):
        roster.hire((f"head_{code}", world.offices[code], {}))
    for code in ("personnel", "finance"):  # changed in week 9: see _changed_seats
        roster.hire((f"head_{code}", world.offices[code], {"date_start": world.day(9, 3)}))


def _centre(roster):
    world = roster.world
    roster.hire(
        ("psych_teacher", world.centre, {}),
        ("teaching_office_head", world.teaching_office, {}),
        ("union_guide", world.union, {}),
        account="centre",
        female=True,
    )
    roster.hire(("psych_teacher", world.centre, {}), account="centre2", female=False)
    for _extra in range(max(0, world.size // 5000 - 1)):
        roster.hire(("psych_teacher", world.centre, {}))
    for index in range(world.shape.part_time):
        roster.hire(("counsellor_part", world.centre, {}), account="counsellor" if index == 0 else None)


def _colleges(roster):
    """Every college has secretary and deputy secretary (head of the station); one has no station teacher."""
    world = roster.world
    for index, college in enumerate(world.colleges):
        roster.hire(("college_secretary", college, {}))
        roster.hire(("college_deputy_secretary", college, {}), account="stationhead" if index == 0 else None)
        if index < len(world.colleges) - world.shape.station_gap:
            roster.hire(
                ("station_teacher", world.stations[college], {}),
                ("station_counsellor", world.college_units[college]["tutoring_room"], {}),
                account="station" if index == 0 else None,
                female=True,
            )


def _classes(roster):
    """Tutors by college (one post in fifteen is vacant), class teachers of the younger grades, internship teachers."""
    world, shape = roster.world, roster.world.shape
    by_college = defaultdict(list)
    for unit in world.classes:
        by_college[unit.college_id].append(unit)
    portions = [
        (college, portion)
        for college, count in zip(
            world.colleges, split(shape.tutors, [len(by_college[c]) for c in world.colleges]), strict=True
        )
        for portion in _portions(by_college[college], max(1, count))
    ]
    filled = len(portions) - shape.vacant_tutors
    for index, (_college, classes) in enumerate(portions[:filled]):
        roster.hire(*[("tutor", unit, {}) for unit in classes], account="tutor" if index == 0 else None)
    for index, unit in enumerate(world.classes[: shape.class_teachers]):
        roster.hire(("class_teacher", unit, {}), account="teacher" if index == 0 else None)
    for college in world.colleges:
        interns = [unit for unit in by_college[college] if world.class_info[unit]["grade"] == 3]
        for portion in _portions(interns, max(1, len(interns) // 4)):
            roster.hire(*[("internship_teacher", unit, {}) for unit in portion])


def _portions(items, count):
    """Return ``items`` dealt out in turn to ``count`` hands, so each has classes of every grade."""
    return [items[index::count] for index in range(min(count, len(items)))]


def _night(roster):
    world = roster.world
    for index, building in enumerate(world.buildings):
        roster.hire(("dorm_manager", building, {}), account="dorm" if index == 0 else None, female=True)
    for index in range(3):
        roster.hire(("duty_officer", world.offices["duty_desk"], {}), account="duty" if index == 0 else None)
        roster.hire(
            ("security_desk", world.offices["security"], {}), account="security" if index == 0 else None
        )
    for index in range(2):
        roster.hire(("school_doctor", world.offices["clinic"], {}), account="doctor" if index == 0 else None)


def _confirm_clinical(world):
    """Director and vice-director hold their clinical seats by office; the vice-president confirmed as second person."""
    leader = world.accounts["leader"]
    seats = world.env["psych.membership"].search(
        [("company_id", "=", world.company.id), ("source_id", "!=", False), ("state", "=", "nominated")]
    )
    for seat in seats:
        seat.write({"pledge_date": world.day(-1, 3), "pledge_version": PLEDGE_VERSION})
        if seat.is_clinical:
            seat._do_appoint(leader)
    for seat in world.env["psych.membership"].search(
        [("company_id", "=", world.company.id), ("source_id", "!=", False), ("state", "=", "appointed")]
    ):
        world.people[seat.post_id.code].append((seat, seat.unit_id, seat.partner_id))
    clinical = world.env["psych.membership"].search(
        [("company_id", "=", world.company.id), ("post_id.is_clinical", "=", True)]
    )
    manager = world.accounts["manager"]
    clinical.write({"proposed_by_id": manager.id, "confirmed_by_id": leader.id})
    world.env["psych.membership"].search(
        [("company_id", "=", world.company.id), ("confirmed_by_id", "=", world.env.ref("base.user_root").id)]
    ).write({"proposed_by_id": manager.id, "confirmed_by_id": manager.id})


def _changed_seats(world):
    """Two heads of offices changed in week 9: their predecessors' posts and seats ended the day before."""
    rng = world.random("predecessors")
    last = world.day(9, 2)
    for code in ("personnel", "finance"):
        name, _family = names.person(rng, False)
        partner = world.env["res.partner"].create(
            {
                "name": name,
                "psych_is_staff": True,
                "psych_staff_number": f"T{world.serial():04}",
                "company_id": world.company.id,
            }
        )
        common = {
            "partner_id": partner.id,
            "state": "ended",
            "date_start": date(world.year - 4, 9, 1),
            "date_end": last,
            "end_reason": "岗位调整",
            "pledge_date": world.day(-1, 3) - timedelta(days=364),
        }
        head = world.env["psych.membership"].create(
            dict(common, post_id=world.post(f"head_{code}").id, unit_id=world.offices[code].id)
        )
        head._make_handover()
        head.handover_ids.is_done = True
        world.env["psych.membership"].create(
            dict(
                common,
                post_id=world.post(f"lg_member_{code}").id,
                unit_id=world.leading_group.id,
                source_id=head.id,
            )
        )


def _qualifications(world):
    """Certificates: all who counsel, half of the tutors; one has expired."""
    rng = world.random("qualifications")
    issuer = "青禾省高校心理健康教育培训基地（演示）"
    rows = []
    for code, name, share in (
        ("psych_teacher", "高校心理健康教育教师岗位培训证书", 1),
        ("counsellor_part", "心理咨询专业能力培训证书", 1),
        ("station_teacher", "心理辅导员培训证书", 1),
        ("tutor", "辅导员心理危机干预培训证书", 0.5),
    ):
        for partner in dict.fromkeys(world.holders(code)):
            if rng.random() <= share:
                issued = date(
                    world.year - rng.choice((1, 2, 2)), rng.choice((4, 5, 11)), rng.randrange(1, 28)
                )
                rows.append(
                    {
                        "partner_id": partner.id,
                        "company_id": world.company.id,
                        "name": name,
                        "issuer": issuer,
                        "number": f"QH{issued.year}{rng.randrange(10000):04}",
                        "date_issued": issued,
                        "date_expiry": issued.replace(year=issued.year + 5),
                    }
                )
    rows[-1]["date_expiry"] = world.day(8, 5)
    world.env["psych.qualification"].create(rows)


def _absences(world):
    """One tutor is ill, one on parental leave; colleagues of the same college stand in for both."""
    tutors = list(dict.fromkeys(world.holders("tutor")))
    if len(tutors) < 8:
        return
    rows = (
        (tutors[1], tutors[2], "sick", world.today - timedelta(days=6), world.today + timedelta(days=15)),
        (tutors[5], tutors[6], "parental", world.day(2), world.day(2) + timedelta(days=157)),
    )
    world.env["psych.leave"].create(
        [
            {
                "partner_id": absent.id,
                "deputy_partner_id": deputy.id,
                "kind": kind,
                "date_start": start,
                "date_end": end,
                "company_id": world.company.id,
            }
            for absent, deputy, kind, start, end in rows
        ]
    )
