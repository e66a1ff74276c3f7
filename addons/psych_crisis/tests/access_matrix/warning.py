"""Sample records of the warning room: signals of both lines and what hangs on them."""

from odoo.addons.psych_health.tools import clock

from .case import _in_post, _setting, _student


def _signal(case, place, user, line="network"):
    key = ("signal", line, place, user.id if place == "self" else 0)
    if key in case.made:
        return case.made[key]
    if place == "self" and not _in_post(case, user):
        return None
    student = _student(case, place)
    if not student:
        return None
    source = {"network": "dorm", "centre": "answers", "discipline": "complaint"}[line]
    env = case.env["psych.crisis.signal"]
    row = env.create(
        {
            "student_id": student.id,
            "class_id": student.class_id.id,
            "college_id": student.college_id.id,
            "kind_id": env._by_code("psych.crisis.kind", "concern").id,
            "source_id": env._by_code("psych.crisis.source", source).id
            if line != "discipline"
            else env._by_code("psych.crisis.source", "dorm").id,
            "urgency": "watch",
            "company_id": student.company_id.id,
        }
    )
    row.line = line
    row.addressee_ids.unlink()
    if place == "self":
        case.env["psych.crisis.addressee"].create(
            {
                "signal_id": row.id,
                "user_id": user.id,
                "membership_id": row._membership_of(user).id,
                "company_id": row.company_id.id,
                "at": clock.now(),
            }
        )
    case.made[key] = row
    return row


def signal(case, place, user):
    return _signal(case, place, user)


def signal_centre(case, place, user):
    return _signal(case, place, user, "centre")


def signal_complaint(case, place, user):
    return _signal(case, place, user, "discipline")


def reporter(case, place, user):
    row = None if place == "self" else _signal(case, place, user)
    return row and case.env["psych.crisis.reporter"].create({"signal_id": row.id})


def origin(case, place, user):
    row = None if place == "self" else _signal(case, place, user)
    return row and case.env["psych.crisis.origin"].create(
        {
            "signal_id": row.id,
            "model": "psych.student",
            "res_id": row.student_id.id,
            "rule_ref": f"m.{row.id}",
            "urgency": "watch",
            "at": clock.now(),
        }
    )


def climb(case, place, user):
    row = None if place == "self" else _signal(case, place, user)
    return row and case.env["psych.crisis.climb"].create(
        {
            "signal_id": row.id,
            "company_id": row.company_id.id,
            "started_at": clock.now(),
            "at": clock.now(),
            "reason": "reminder",
        }
    )


def oncall(case, place, user):
    company = {"other": case.company, "foreign": case.foreign}.get(place)
    return company and case.env["psych.crisis.oncall"].create(
        {
            "user_id": case.u_nobody.id,
            "phone": "1",
            "start": "2036-01-01 00:00:00",
            "stop": "2036-01-02 00:00:00",
            "company_id": company.id,
        }
    )


SAMPLES = {
    "psych.crisis.signal": signal,
    "psych.crisis.signal/centre": signal_centre,
    "psych.crisis.signal/complaint": signal_complaint,
    "psych.crisis.reporter": reporter,
    "psych.crisis.origin": origin,
    "psych.crisis.climb": climb,
    "psych.crisis.oncall": oncall,
    "psych.crisis.kind": _setting("psych.crisis.kind", True, name="K", code="k"),
    "psych.crisis.source": _setting("psych.crisis.source", True, name="S", code="s"),
    "psych.crisis.rung": _setting("psych.crisis.rung", True, name="R", code="r"),
    "psych.crisis.clock": _setting(
        "psych.crisis.clock", True, urgency="watch", stamp="seen", step=91, amount=1
    ),
}
