"""Sample records of the rooms case, attention, event, period and supervision.

Places: ``unit`` is about a student of class A1 (own class of the tutor, own college of the station), ``other`` about one of
class B1, ``self`` about one of class B2 where the person is in the team (variant ``/own``: named as who does it).
"""

from odoo.addons.psych_health.tools import clock

from ...models.warning.psych_crisis_matter import ALL_STAFF


def _student(case, place):
    """Return a fresh student of the place, none where there is no such thing."""
    unit = {
        "unit": case.class_a1,
        "other": case.class_b1,
        "self": case.class_b2,
        "foreign": case.foreign_class,
    }.get(place)
    if not unit:
        return None
    case.student_serial = getattr(case, "student_serial", 0) + 1
    return case.make_student(f"M{case.student_serial:05}", f"Sample {case.student_serial}", unit)


def _in_post(case, user):
    return bool(
        case.env["psych.scope"].search_count([("user_id", "=", user.id), ("role", "in", ALL_STAFF)], limit=1)
    )


def _case(case, place, user, member=True):
    """Return a case of the place; one for each person where he is in the team, shared by all samples of him."""
    key = ("case", place, user.id if place == "self" else 0, member)
    if key in case.made:
        return case.made[key]
    if place == "self" and not _in_post(case, user):
        return None
    student = _student(case, place)
    if not student:
        return None
    row = case.env["psych.crisis.case"].create(
        {"company_id": student.company_id.id, "college_id": student.college_id.id}
    )
    case.env["psych.crisis.case.subject"].create({"case_id": row.id, "student_id": student.id})
    if place == "self" and member:
        case.env["psych.crisis.case.member"].create({"case_id": row.id, "user_id": user.id})
    case.made[key] = row
    return row


def matter(case, place, user):
    return _case(case, place, user)


def subject(case, place, user):
    row = _case(case, place, user)
    return row and row.subject_ids


def member(case, place, user):
    row = _case(case, place, user)
    if not row:
        return None
    staff = case.u_centre if place != "foreign" else case.foreign_staff
    known = row.member_ids.filtered(lambda m: m.user_id == staff)
    return known or case.env["psych.crisis.case.member"].create({"case_id": row.id, "user_id": staff.id})


def _child(model, own=None, **values):
    """Return a sampler for rows of a case; ``own`` names the field that makes the variant of who does it."""

    def sample(case, place, user):
        if own and (place != "self" or user.share):
            return None
        row = _case(case, place, user, member=not own)
        if not row:
            return None
        company = row.company_id
        extra = {name: value(case, company) if callable(value) else value for name, value in values.items()}
        if own:
            extra[own] = user.id
        return case.env[model].create({"case_id": row.id, **extra})

    return sample


def _staff(case, company):
    return (case.u_nobody if company == case.company else case.foreign_staff).id


def _hospital(case, company):
    return case.env["psych.hospital"].create({"name": "H", "company_id": company.id}).id


def _soon(case, company):
    return clock.now()


def _later(case, company):
    return clock.now().replace(hour=23)


def refusal(case, place, user):
    key = ("refusal", place, user.id if place == "self" else 0)
    if key not in case.made:
        row = _case(case, place, user)
        case.made[key] = row and case.env["psych.crisis.refusal"].create({"case_id": row.id})
    return case.made[key]


def refusal_line(case, place, user):
    row = refusal(case, place, user)
    return row and row.line_ids[:1]


def review(case, place, user):
    row = _case(case, place, user)
    if not row:
        return None
    key = ("term", row.company_id.id)
    if key not in case.made:
        case.made[key] = case.env["psych.term"].create(
            {
                "year_start": 2033,
                "date_start": "2033-09-01",
                "date_end": "2034-01-15",
                "company_id": row.company_id.id,
            }
        )
    return case.env["psych.crisis.review"].create(
        {"case_id": row.id, "term_id": case.made[key].id, "due_date": "2033-12-01"}
    )


def reveal(case, place, user):
    if place == "self":
        row = case.env["psych.crisis.case.reveal"].create(
            {"case_id": _case(case, "other", user).id, "reason": "decision"}
        )
        case.env.flush_all()
        case.env.cr.execute(
            "UPDATE psych_crisis_case_reveal SET user_id = %s WHERE id = %s", (user.id, row.id)
        )
        row.invalidate_recordset()
        return row
    row = _case(case, place, user)
    return row and case.env["psych.crisis.case.reveal"].create({"case_id": row.id, "reason": "decision"})


def attention(case, place, user):
    if place == "self":
        return None
    key = ("attention", place)
    if key not in case.made:
        student = _student(case, place)
        case.made[key] = student and case.env["psych.crisis.attention"].create(
            {"student_id": student.id, "tier": "key"}
        )
    return case.made[key]


def attention_detail(case, place, user):
    row = attention(case, place, user)
    category = case.env["psych.crisis.category"].search([("company_id", "=", False)], limit=1)
    return row and case.env["psych.crisis.attention.detail"].create(
        {"attention_id": row.id, "category_id": category.id}
    )


def advice(case, place, user):
    row = attention(case, place, user)
    return row and case.env["psych.crisis.advice"].create({"attention_id": row.id, "question": "?"})


def _company(case, place):
    return {"other": case.company, "foreign": case.foreign}.get(place)


def _college(case, place):
    return {"unit": case.college_a, "other": case.college_b, "foreign": case.foreign_class.college_id}.get(
        place
    )


def _setting(model, shared, **values):
    """Return a sampler for settings: a shared row of the data, one of the own school, one of another."""

    def sample(case, place, user):
        if place == "shared":
            return case.env[model].search([("company_id", "=", False)], limit=1) if shared else None
        company = _company(case, place)
        return company and case.env[model].create({**values, "company_id": company.id})

    return sample


def _of_college(model, **values):
    """Return a sampler for rows of a college."""

    def sample(case, place, user):
        college = _college(case, place)
        return college and case.env[model].create(
            {"college_id": college.id, "company_id": college.company_id.id, **values}
        )

    return sample


def sweep(case, place, user):
    key = ("sweep", place)
    if key not in case.made:
        college = _college(case, place)
        period = college and case.env["psych.crisis.key.period"].create(
            {
                "name": "P",
                "code": "event",
                "date_start": f"2035-0{1 + len(place) % 8}-01",
                "date_end": "2035-12-01",
                "company_id": college.company_id.id,
            }
        )
        case.made[key] = college and case.env["psych.crisis.sweep"].create(
            {"period_id": period.id, "college_id": college.id, "due_date": "2035-11-01"}
        )
    return case.made[key]


def sweep_line(case, place, user):
    row = sweep(case, place, user)
    category = case.env["psych.crisis.category"].search([("company_id", "=", False)], limit=1)
    return row and case.env["psych.crisis.sweep.line"].create(
        {"sweep_id": row.id, "category_id": category.id, "count": 1}
    )


def report(case, place, user, kind="class"):
    key = ("report", kind, place)
    if key not in case.made:
        unit = {"unit": case.class_a1, "other": case.class_b1, "foreign": case.foreign_class}.get(place)
        unit = unit and (unit.college_id if kind == "college" else unit)
        case.made[key] = unit and case.env["psych.crisis.report"]._file(unit, kind)[0]
    return case.made[key]


def report_line(case, place, user):
    row = report(case, place, user, "college")
    dimension = case.env["psych.crisis.dimension"].search([], limit=1)
    return row and case.env["psych.crisis.report.line"].create(
        {"report_id": row.id, "dimension_id": dimension.id, "value": "good"}
    )


def supervision(case, place, user):
    company = case.company if place in ("self", "other") else _company(case, place)
    if not company or (place == "self" and user.share):
        return None
    staff = user if place == "self" else case.u_nobody
    return case.env["psych.crisis.supervision"].create(
        {"user_id": staff.id, "supervisor": "S", "company_id": company.id}
    )


def meeting_line(case, place, user):
    student = None if place == "self" else _student(case, place)
    return student and case.env["psych.crisis.meeting.line"].create(
        {
            "meeting_id": case.env["psych.crisis.meeting"]
            .create({"college_id": student.college_id.id, "company_id": student.company_id.id})
            .id,
            "student_id": student.id,
        }
    )


def event(case, place, user):
    key = ("event", place)
    if key not in case.made:
        company = _company(case, place)
        case.made[key] = company and case.env["psych.crisis.event"].create({"company_id": company.id})
    return case.made[key]


def event_ring(case, place, user):
    row = event(case, place, user)
    return row and case.env["psych.crisis.event.ring"].create(
        {"event_id": row.id, "student_id": _student(case, place).id}
    )


def event_entry(case, place, user):
    row = event(case, place, user)
    return row and row.entry_ids


def event_file(case, place, user):
    row = event(case, place, user)
    return row and case.env["psych.crisis.event.file"].create({"event_id": row.id})


def event_order(case, place, user):
    row = event(case, place, user)
    return row and case.env["psych.crisis.instruction"].create(
        {"event_id": row.id, "name": "x", "user_id": case.u_nobody.id, "company_id": row.company_id.id}
    )


def plan_in_force(case, place, user):
    key = ("emergency", place)
    if key not in case.made:
        company = _company(case, place)
        row = company and case.env["psych.crisis.emergency.plan"].create(
            {"name": "E", "company_id": company.id, "contact_ids": [(0, 0, {"role_text": "a", "phone": "1"})]}
        )
        if row:
            row.state = "in_force"
        case.made[key] = row
    return case.made[key]


def plan_draft(case, place, user):
    company = _company(case, place)
    return company and case.env["psych.crisis.emergency.plan"].create({"name": "D", "company_id": company.id})


def plan_contact(case, place, user):
    row = plan_in_force(case, place, user)
    return row and row.contact_ids


def care_request(case, place, user):
    """Of who asked (self), of a cadre in the own college, elsewhere."""
    if place == "self" and user.share:
        return None
    student = _student(case, place)
    if not student:
        return None
    row = case.env["psych.crisis.care.request"].create(
        {"unit_id": student.class_id.id, "cadre_id": student.id, "company_id": student.company_id.id}
    )
    if place == "self":
        row.asked_by_id = user
    return row


SAMPLES = {
    "psych.crisis.case": matter,
    "psych.crisis.case.subject": subject,
    "psych.crisis.case.member": member,
    "psych.crisis.case.entry": _child("psych.crisis.case.entry"),
    "psych.crisis.plan": _child("psych.crisis.plan"),
    "psych.crisis.closing": _child("psych.crisis.closing"),
    "psych.crisis.instruction": _child("psych.crisis.instruction", name="x", user_id=_staff),
    "psych.crisis.instruction/own": _child("psych.crisis.instruction", own="user_id", name="x"),
    "psych.crisis.instruction/event": event_order,
    "psych.crisis.help.measure": _child("psych.crisis.help.measure"),
    "psych.crisis.help.measure/own": _child("psych.crisis.help.measure", own="user_id"),
    "psych.crisis.safety.plan": _child("psych.crisis.safety.plan"),
    "psych.crisis.family.contact": _child("psych.crisis.family.contact", kind="decision"),
    "psych.crisis.referral": _child("psych.crisis.referral", hospital_id=_hospital),
    "psych.crisis.watch.shift": _child("psych.crisis.watch.shift", kind="hospital", start=_soon, stop=_later),
    "psych.crisis.watch.shift/own": _child(
        "psych.crisis.watch.shift", own="user_id", start=_soon, stop=_later
    ),
    "psych.crisis.case.transfer": _child("psych.crisis.case.transfer", to_id=_staff),
    "psych.crisis.case.transfer/own": _child("psych.crisis.case.transfer", own="to_id"),
    "psych.crisis.case.reveal": reveal,
    "psych.crisis.followup": _child("psych.crisis.followup", user_id=_staff, due_at=_soon),
    "psych.crisis.followup/own": _child("psych.crisis.followup", own="user_id", due_at=_soon),
    "psych.crisis.refusal": refusal,
    "psych.crisis.refusal.line": refusal_line,
    "psych.crisis.review": review,
    "psych.crisis.shift.sheet": _setting("psych.crisis.shift.sheet", False),
    "psych.crisis.attention": attention,
    "psych.crisis.attention.detail": attention_detail,
    "psych.crisis.advice": advice,
    "psych.crisis.care.request": care_request,
    "psych.crisis.category": _setting("psych.crisis.category", True, name="C", code="c", list_code="own"),
    "psych.crisis.rhythm": _setting("psych.crisis.rhythm", True, key="back"),
    "psych.crisis.stage": _setting("psych.crisis.stage", True, name="S", code="s"),
    "psych.crisis.deadline": _setting("psych.crisis.deadline", True, matter="red", step="see", hours=1),
    "psych.crisis.refusal.step": _setting("psych.crisis.refusal.step", True, name="S", code="s"),
    "psych.crisis.dimension": _setting("psych.crisis.dimension", True, name="D"),
    "psych.crisis.key.period": _setting(
        "psych.crisis.key.period",
        False,
        name="P",
        code="exam",
        date_start="2036-01-01",
        date_end="2036-01-09",
    ),
    "psych.crisis.sweep": sweep,
    "psych.crisis.sweep.line": sweep_line,
    "psych.crisis.report": report,
    "psych.crisis.report.line": report_line,
    "psych.crisis.supervision": supervision,
    "psych.crisis.meeting": _of_college("psych.crisis.meeting"),
    "psych.crisis.meeting.line": meeting_line,
    "psych.crisis.event": event,
    "psych.crisis.event.ring": event_ring,
    "psych.crisis.event.entry": event_entry,
    "psych.crisis.event.file": event_file,
    "psych.crisis.emergency.plan": plan_in_force,
    "psych.crisis.emergency.plan/draft": plan_draft,
    "psych.crisis.emergency.contact": plan_contact,
}
