"""Sample records of the organisation room: one for each place where the model can lie."""


def _unit(case, place):
    """Return the class of a place: own unit of tutor and station, another college, another school."""
    return {"unit": case.class_a1, "other": case.class_b1, "foreign": case.foreign_class}.get(place)


def _partner(case, place, user):
    """Return the member of staff of a place."""
    return {
        "self": user.partner_id,
        "other": case.u_nobody.partner_id,
        "foreign": case.foreign_staff.partner_id,
    }.get(place)


def _company(case, place):
    return {"other": case.company, "foreign": case.foreign}.get(place)


def unit(case, place, user):
    return _unit(case, place)


def unit_kind(case, place, user):
    if place == "shared":
        return case.env.ref("psych_health.psych_unit_kind_class")
    company = _company(case, place)
    return company and case.env["psych.unit.kind"].create(
        {"name": "Own", "code": f"own_{place}", "company_id": company.id}
    )


def post(case, place, user, code="own"):
    if place == "shared":
        return case.env.ref("psych_health.psych_post_class_member")
    company = _company(case, place)
    kind = case.env.ref("psych_health.psych_unit_kind_class").id
    return company and case.env["psych.post"].create(
        {"name": "Own", "code": f"{code}_{place}", "company_id": company.id, "kind_id": kind}
    )


def post_criterion(case, place, user):
    record = post(case, place, user, code="criterion")
    return record and case.env["psych.post.criterion"].create({"name": "Own", "post_id": record.id})


def programme(case, place, user):
    company = _company(case, place)
    return company and case.env["psych.programme"].create({"name": f"P {place}", "company_id": company.id})


def term(case, place, user):
    company = _company(case, place)
    return company and case.env["psych.term"].create(
        {"year_start": 2030, "date_start": "2030-09-02", "date_end": "2031-01-19", "company_id": company.id}
    )


def term_event(case, place, user):
    record = _company(case, place) and case.env["psych.term"].create(
        {
            "year_start": 2031,
            "date_start": "2031-09-01",
            "date_end": "2032-01-18",
            "company_id": _company(case, place).id,
        }
    )
    return record and case.env["psych.term.event"].create(
        {
            "term_id": record.id,
            "kind": "exam",
            "name": "Exam",
            "date_start": "2031-12-01",
            "date_end": "2031-12-02",
        }
    )


def vacancy(case, place, user):
    company = _company(case, place)
    return company and case.env["psych.vacancy"].search([("company_id", "=", company.id)], limit=1)


def tally(case, place, user):
    company = _company(case, place)
    return company and case.env["psych.student.tally"].search([("company_id", "=", company.id)], limit=1)


def membership_cadre(case, place, user):
    """A nomination for a post of students."""
    place_unit = _unit(case, place)
    student = {"unit": case.students[4], "other": case.students[6], "foreign": case.foreign_student}.get(
        place
    )
    return place_unit and case.env["psych.membership"].create(
        {
            "post_id": case.env.ref("psych_health.psych_post_class_member").id,
            "unit_id": place_unit.id,
            "student_id": student.id,
        }
    )


def membership_staff(case, place, user):
    """A post of staff: the person's own, one in the own unit, one elsewhere."""
    if place == "self":
        mine = [("user_id", "=", user.id), ("source_id", "=", False), ("holder", "=", "staff")]
        return case.env["psych.membership"].search(mine, limit=1, order="id")
    place_unit = _unit(case, place)
    if not place_unit:
        return None
    vals = {
        "post_id": case.env.ref("psych_health.psych_post_internship_teacher").id,
        "unit_id": place_unit.id,
        "partner_id": _partner(case, "foreign" if place == "foreign" else "other", user).id,
    }
    same = case.env["psych.membership"].search([(name, "=", value) for name, value in vals.items()], limit=1)
    return same or case.env["psych.membership"].create(vals)


def membership_deputy(case, place, user):
    membership = membership_staff(case, place, user)
    return membership and case.env["psych.membership.deputy"].create(
        {
            "membership_id": membership.id,
            "date_start": "2020-01-01",
            "date_end": "2020-01-02",
            "partner_id": (case.foreign_deputy if place == "foreign" else case.u_stranger).partner_id.id,
        }
    )


def membership_handover(case, place, user):
    membership = membership_staff(case, place, user)
    return membership and case.env["psych.membership.handover"].create(
        {"membership_id": membership.id, "name": "Keys"}
    )


def qualification(case, place, user):
    partner = _partner(case, place, user)
    return partner and case.env["psych.qualification"].create(
        {
            "partner_id": partner.id,
            "name": "Certificate",
            "company_id": (case.foreign if place == "foreign" else case.company).id,
        }
    )


def leave(case, place, user):
    partner = _partner(case, place, user)
    return partner and case.env["psych.leave"].create(
        {
            "partner_id": partner.id,
            "date_start": "2020-01-01",
            "date_end": "2020-01-02",
            "company_id": (case.foreign if place == "foreign" else case.company).id,
        }
    )


def scope(case, place, user):
    holder = {"self": user, "other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    return holder and case.env["psych.scope"].search([("user_id", "=", holder.id)], limit=1)


def student(case, place, user):
    if place == "self":
        return case.env["psych.student"].search([("user_id", "=", user.id)])
    return {"unit": case.students[4], "other": case.students[6], "foreign": case.foreign_student}.get(place)


SAMPLES = {
    "psych.unit": unit,
    "psych.unit.kind": unit_kind,
    "psych.post": post,
    "psych.post.criterion": post_criterion,
    "psych.programme": programme,
    "psych.term": term,
    "psych.term.event": term_event,
    "psych.vacancy": vacancy,
    "psych.student.tally": tally,
    "psych.membership/cadre": membership_cadre,
    "psych.membership/staff": membership_staff,
    "psych.membership.deputy": membership_deputy,
    "psych.membership.handover": membership_handover,
    "psych.qualification": qualification,
    "psych.leave": leave,
    "psych.scope": scope,
    "psych.student": student,
}
