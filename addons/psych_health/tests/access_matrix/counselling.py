"""Sample records of the counselling room. `self`: the person's own client, shift, group, talk; `unit`: a client of the
class and college of tutor and station with a strange counsellor; `other`: one of another college."""

from datetime import timedelta

from odoo.fields import Datetime

DAY = "2026-11-05"
_hour = iter(range(10**6))


def _start():
    """Another free hour each time, so that no sample is in the way of another."""
    return Datetime.to_datetime("2027-03-01 00:00:00") + timedelta(hours=next(_hour))


def _company(case, place):
    return case.foreign if place == "foreign" else case.company


def _counsellor(case, place, user):
    """Counsellor of a place; whoever asks has a row of his own, which alone gives nothing."""
    person = {"self": user, "foreign": case.foreign_staff}.get(place, case.u_stranger)
    company = _company(case, place)
    known = case.env["psych.counsellor"].search(
        [("user_id", "=", person.id), ("company_id", "=", company.id)], limit=1
    )
    return known or case.env["psych.counsellor"].create({"user_id": person.id, "company_id": company.id})


def _student(case, place):
    return {"unit": case.students[4], "foreign": case.foreign_student}.get(place, case.students[6])


def _own(case, model, company, **vals):
    """One row of a catalogue for each school."""
    name = f"Matrix {company.id}"
    known = case.env[model].search([("name", "=", name), ("company_id", "=", company.id)], limit=1)
    return known or case.env[model].create({"name": name, "company_id": company.id, **vals})


def topic(case, place, user):
    if place == "shared":
        return case.env.ref("psych_health.psych_topic_study")
    return place in ("other", "foreign") and _own(case, "psych.topic", _company(case, place), code="matrix")


def telling(case, place, user):
    if place == "shared":
        return case.env.ref("psych_health.psych_telling_not_alone")
    return place in ("other", "foreign") and _own(case, "psych.telling", _company(case, place))


def place_(case, place, user):
    return place in ("other", "foreign") and _own(case, "psych.place", _company(case, place))


def service(case, place, user):
    return place in ("other", "foreign") and _service(case, place)


def _service(case, place):
    return _own(case, "psych.service", _company(case, place), code="matrix")


def counsellor(case, place, user):
    return place in ("self", "other", "foreign") and _counsellor(case, place, user)


def duty_pattern(case, place, user):
    person = place in ("self", "other", "foreign") and _counsellor(case, place, user)
    return person and case.env["psych.duty.pattern"].create(
        {"counsellor_id": person.id, "company_id": person.company_id.id}
    )


def _shift(case, place, user, **vals):
    person = place in ("self", "other", "foreign") and _counsellor(case, place, user)
    return person and case.env["psych.duty.shift"].create(
        {
            "counsellor_id": person.id,
            "company_id": person.company_id.id,
            "date": DAY,
            "start": f"{DAY} 01:00:00",
            "stop": f"{DAY} 04:00:00",
            **vals,
        }
    )


def shift_draft(case, place, user):
    return _shift(case, place, user)


def shift_worked(case, place, user):
    worked = {"worked_start": f"{DAY} 01:00:00", "worked_stop": f"{DAY} 04:00:00"}
    return _shift(case, place, user, state="published", **worked)


def _occupation(case, place, kind, ref, model="psych.appointment"):
    start = _start()
    key = case.env["psych.occupation"]._occupy(
        _company(case, place), [(kind, ref, start, start + timedelta(minutes=50))], model
    )
    return case.env["psych.occupation"].search([("owner_key", "=", key)])


def occupation_user(case, place, user):
    person = {"self": user, "other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    return person and _occupation(case, place, "user", person.id)


def occupation_room(case, place, user):
    room = place_(case, place, user)
    return room and _occupation(case, place, "room", room.id)


def occupation_student(case, place, user):
    return place in ("unit", "other", "foreign") and _occupation(
        case, place, "student", _student(case, place).id
    )


def occupation_colleague(case, place, user):
    """The hour of a colleague who is a client, seen by whoever it is, by nobody else."""
    person = {"self": user, "other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    return person and _occupation(case, place, "user", person.id, "psych.staff.visit")


def appointment(case, place, user):
    if place == "shared":
        return None
    return case.env["psych.appointment"].create(
        {
            "student_id": _student(case, place).id,
            "service_id": _service(case, place).id,
            "counsellor_id": _counsellor(case, place, user).id,
            "start": _start(),
        }
    )


def waiting(case, place, user):
    return place in ("unit", "other", "foreign") and case.env["psych.waiting"].create(
        {
            "student_id": _student(case, place).id,
            "service_id": _service(case, place).id,
            "company_id": _company(case, place).id,
        }
    )


def call_request(case, place, user):
    return place in ("unit", "other", "foreign") and case.env["psych.call.request"].create(
        {"student_id": _student(case, place).id, "company_id": _company(case, place).id}
    )


def outbox(case, place, user):
    if place not in ("unit", "other", "foreign"):
        return None
    key = f"matrix:{place}:{next(_hour)}"
    case.env["psych.outbox"]._put(
        _company(case, place), key, "Reminder", Datetime.now(), student=_student(case, place)
    )
    return case.env["psych.outbox"].search([("key", "=", key)])


def reminder_address(case, place, user):
    student = (
        case.env["psych.student"].search([("user_id", "=", user.id)])
        if place == "self"
        else _student(case, place)
    )
    if place == "shared" or not student:
        return None
    case.env["psych.reminder.address"]._set(student, "own@student.example")
    return case.env["psych.reminder.address"].search([("student_id", "=", student.id)])


def session(case, place, user):
    if place == "shared":
        return None
    return case.env["psych.session"].create(
        {
            "student_id": _student(case, place).id,
            "counsellor_id": _counsellor(case, place, user).id,
            "company_id": _company(case, place).id,
        }
    )


def addendum(case, place, user):
    record = session(case, place, user)
    if record:
        record.state = "signed"
    return record and case.env["psych.session.addendum"].create({"session_id": record.id})


def measure(case, place, user):
    record = session(case, place, user)
    return record and case.env["psych.session.measure"].create(
        {
            "session_id": record.id,
            "student_id": record.student_id.id,
            "scale_id": case.env.ref("psych_health.psych_scale_phq_9").id,
            "date": Datetime.now(),
        }
    )


def staff_visit(case, place, user):
    if place not in ("self", "other", "foreign"):
        return None
    company = _company(case, place)
    return (
        case.env["psych.staff.visit"]
        .with_company(company)
        .create(
            {
                "counsellor_id": _counsellor(case, place, user).id,
                "client_user_id": (case.foreign_deputy if place == "foreign" else case.u_station_b).id,
                "start": _start(),
                "company_id": company.id,
            }
        )
    )


def group(case, place, user):
    if place == "shared":
        return None
    company = _company(case, place)
    return case.env["psych.group"].create(
        {
            "name": "Matrix",
            "kind": "growth",
            "leader_id": _counsellor(case, place, user).id,
            "company_id": company.id,
        }
    )


def group_member(case, place, user):
    record = group(case, place, user)
    return record and case.env["psych.group.member"].create(
        {"group_id": record.id, "student_id": _student(case, place).id}
    )


def group_session(case, place, user):
    record = group(case, place, user)
    return record and case.env["psych.group.session"].create(
        {"group_id": record.id, "start": _start(), "length": 50}
    )


def talk(case, place, user):
    if place == "shared":
        return None
    author = user if place == "self" else case.u_stranger
    return case.env["psych.talk"].create(
        {
            "student_id": _student(case, place).id,
            "author_id": author.id,
            "company_id": _company(case, place).id,
        }
    )


SAMPLES = {
    "psych.topic": topic,
    "psych.telling": telling,
    "psych.place": place_,
    "psych.service": service,
    "psych.counsellor": counsellor,
    "psych.duty.pattern": duty_pattern,
    "psych.duty.shift/draft": shift_draft,
    "psych.duty.shift/worked": shift_worked,
    "psych.occupation/user": occupation_user,
    "psych.occupation/room": occupation_room,
    "psych.occupation/student": occupation_student,
    "psych.occupation/colleague": occupation_colleague,
    "psych.appointment": appointment,
    "psych.waiting": waiting,
    "psych.call.request": call_request,
    "psych.outbox": outbox,
    "psych.reminder.address": reminder_address,
    "psych.session": session,
    "psych.session.addendum": addendum,
    "psych.session.measure": measure,
    "psych.staff.visit": staff_visit,
    "psych.group": group,
    "psych.group.member": group_member,
    "psych.group.session": group_session,
    "psych.talk": talk,
}
