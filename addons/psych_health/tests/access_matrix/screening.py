"""Sample records of the screening room: one for each place where the model can lie."""

from ..common import NOW


def _company(case, place):
    return case.foreign if place == "foreign" else case.company


def _once(case, name, place, make):
    """Make a helper record once for a test."""
    key = (f"_{name}", place)
    if key not in case.made:
        case.made[key] = make()
    return case.made[key]


def _phq(case):
    return case.env.ref("psych_health.psych_scale_phq_9")


# ----------------------------------------------------------------------
# Scales
# ----------------------------------------------------------------------


def _scale(case, place):
    """The shared scale, or a draft of one's own school."""
    if place == "shared":
        return _phq(case)
    if place not in ("other", "foreign"):
        return None

    def make():
        scale = case.env["psych.scale"].create(
            {"code": f"OWN-{place}", "name": "Own", "company_id": _company(case, place).id}
        )
        item = case.env["psych.scale.item"].create({"scale_id": scale.id, "code": "1", "text": "Own"})
        case.env["psych.scale.option"].create({"scale_id": scale.id, "value": 0, "label": "No"})
        factor = case.env["psych.scale.factor"].create({"scale_id": scale.id, "code": "t", "name": "Total"})
        case.env["psych.scale.band"].create(
            {"factor_id": factor.id, "name": "All", "min_score": 0, "max_score": 3}
        )
        flag = case.env["psych.scale.flag"].create({"scale_id": scale.id, "code": "f", "name": "Why"})
        case.env["psych.scale.flag.term"].create({"flag_id": flag.id, "item_id": item.id, "value": 1})
        norm = case.env["psych.scale.norm"].create({"scale_id": scale.id, "code": "n", "name": "Norm"})
        case.env["psych.scale.norm.line"].create({"norm_id": norm.id, "factor_id": factor.id, "value": 1})
        case.env["psych.scale.vector"].create(
            {"scale_id": scale.id, "name": "v", "answers": "0", "expected": "{}"}
        )
        return scale

    return _once(case, "scale", place, make)


def _norm_scale(case, place):
    """A scale with a norm; of the shared ones, one that has it."""
    if place == "shared":
        return case.env["psych.scale.norm"].search([("scale_id.company_id", "=", False)], limit=1).scale_id
    return _scale(case, place)


def scale(case, place, user):
    return _scale(case, place)


def item(case, place, user):
    found = _scale(case, place)
    return found and found.item_ids[0]


def option(case, place, user):
    found = _scale(case, place)
    return found and case.env["psych.scale.option"].search([("scale_id", "=", found.id)], limit=1)


def factor(case, place, user):
    found = _scale(case, place)
    return found and found.factor_ids[0]


def band(case, place, user):
    found = _scale(case, place)
    return found and found.factor_ids.band_ids[0]


def flag(case, place, user):
    found = _scale(case, place)
    return found and found.flag_ids[0]


def flag_term(case, place, user):
    found = _scale(case, place)
    return found and found.flag_ids[0].term_ids[0]


def norm(case, place, user):
    found = _norm_scale(case, place)
    return found and found.norm_ids[0]


def norm_line(case, place, user):
    found = _norm_scale(case, place)
    return found and found.norm_ids[0].line_ids[0]


def vector(case, place, user):
    found = _scale(case, place)
    return found and found.vector_ids[0]


# ----------------------------------------------------------------------
# Campaigns
# ----------------------------------------------------------------------


def _campaign(case, place):
    school = "foreign" if place == "foreign" else "own"

    def make():
        return case.env["psych.campaign"].create(
            {
                "name": "Census",
                "company_id": _company(case, place).id,
                "date_open": NOW,
                "date_close": NOW.replace(year=2027),
                "scale_ids": [(6, 0, _phq(case).ids)],
            }
        )

    return _once(case, "campaign", school, make)


def _student(case, place):
    return {"unit": case.students[4], "other": case.students[6], "foreign": case.foreign_student}.get(place)


def campaign(case, place, user):
    return _campaign(case, place) if place in ("other", "foreign") else None


def wave(case, place, user):
    if place not in ("other", "foreign"):
        return None
    return case.env["psych.campaign.wave"].create({"campaign_id": _campaign(case, place).id, "opens_at": NOW})


def member(case, place, user):
    student = _student(case, place)
    return student and case.env["psych.campaign.member"].create(
        {
            "campaign_id": _campaign(case, place).id,
            "company_id": student.company_id.id,
            "student_id": student.id,
            "class_id": student.class_id.id,
            "college_id": student.college_id.id,
            "state": "invited",
            "opens_at": NOW,
        }
    )


def coverage(case, place, user):
    student = _student(case, place)
    return student and case.env["psych.campaign.coverage"].create(
        {
            "campaign_id": _campaign(case, place).id,
            "company_id": student.company_id.id,
            "class_id": student.class_id.id,
            "college_id": student.college_id.id,
        }
    )


# ----------------------------------------------------------------------
# Sheets: written by SQL, as the product does
# ----------------------------------------------------------------------


def _insert(case, model, **values):
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    case.env.flush_all()
    case.env.cr.execute(
        f"INSERT INTO {model.replace('.', '_')} ({names}) VALUES ({marks}) RETURNING id",  # noqa: S608
        tuple(values.values()),
    )
    return case.env[model].browse(case.env.cr.fetchone()[0])


def _client(case, place, user):
    """The student of a place; ``self``: one of another college with whom ``user`` talks."""
    if place != "self":
        return _student(case, place)
    known = case.made.setdefault(("_client", "self"), {})
    if user.id not in known:
        student = case.make_student(f"M{user.id}", "Client", case.class_b1)
        _talk(case, student, user)
        known[user.id] = student
    return known[user.id]


def _talk(case, student, user):
    return case.env["psych.interview"].create(
        {
            "company_id": student.company_id.id,
            "student_id": student.id,
            "college_id": student.college_id.id,
            "class_id": student.class_id.id,
            "user_id": user.id if user else False,
            "urgency": "talk",
            "raised_at": NOW,
            "due_at": NOW,
        }
    )


def response(case, place, user):
    student = _client(case, place, user)
    if not student:
        return None
    key = ("_sheet", student.id)
    if key not in case.made:
        phq = _phq(case)
        case.made[key] = _insert(
            case,
            "psych.response",
            company_id=student.company_id.id,
            campaign_id=_campaign(case, place).id,
            scale_id=phq.id,
            student_id=student.id,
            round=1,
            class_id=student.class_id.id,
            college_id=student.college_id.id,
            state="valid",
            submitted_at=NOW,
            band_id=phq.factor_ids.band_ids[0].id,
            is_over=True,
            has_flag=True,
            row_key=f"matrix{student.id}",
        )
    return case.made[key]


def level(case, place, user):
    found = response(case, place, user)
    return found and case.env["psych.response.level"].browse(found.id)


def response_flag(case, place, user):
    student = _client(case, place, user)
    return student and _insert(
        case,
        "psych.response.flag",
        company_id=student.company_id.id,
        campaign_id=_campaign(case, place).id,
        student_id=student.id,
        scale_id=_phq(case).id,
        flag_id=_phq(case).flag_ids[0].id,
        urgency="talk",
        raised_at=NOW,
        college_id=student.college_id.id,
    )


def interview(case, place, user):
    if place == "self":
        student = case.make_student(f"I{user.id}", "Client", case.class_a1)
        return _talk(case, student, user)
    student = _student(case, place)
    return student and _talk(case, student, None)


def file(case, place, user):
    student = _client(case, place, user)
    return student and case.env["psych.file"].create(
        {"student_id": student.id, "company_id": student.company_id.id}
    )


def file_rule(case, place, user):
    if place == "shared":
        return case.env["psych.file.rule"].search([("company_id", "=", False)], limit=1)
    if place not in ("other", "foreign"):
        return None
    return case.env["psych.file.rule"].create(
        {"tier": "all", "part": "census", "company_id": _company(case, place).id}
    )


# ----------------------------------------------------------------------
# Figures, and what is closed to everybody
# ----------------------------------------------------------------------


def figure(case, place, user):
    if place not in ("other", "foreign"):
        return None
    return case.env["psych.screening.figure"].create(
        {
            "company_id": _company(case, place).id,
            "campaign_id": _campaign(case, place).id,
            "scale_id": _phq(case).id,
            "dimension": "school",
        }
    )


def gap(case, place, user):
    if place not in ("other", "foreign"):
        return None
    student = response(case, place, user).student_id
    return case.env["psych.screening.gap"].search(
        [("campaign_id", "=", _campaign(case, place).id), ("college_id", "=", student.college_id.id)]
    )


def hit(case, place, user):
    if place not in ("other", "foreign"):
        return None
    if not case.env["psych.screening.hit"].search([("campaign_id", "=", _campaign(case, place).id)]):
        response_flag(case, place, user)
    return case.env["psych.screening.hit"].search([("campaign_id", "=", _campaign(case, place).id)])


def delta(case, place, user):
    student = _student(case, place)
    return student and case.env["psych.campaign.delta"].create(
        {"campaign_id": _campaign(case, place).id, "class_id": student.class_id.id, "kind": "valid"}
    )


def tick(case, place, user):
    student = _student(case, place)
    return student and case.env["psych.campaign.tick"].create(
        {"campaign_id": _campaign(case, place).id, "student_id": student.id}
    )


def link_try(case, place, user):
    if place not in ("other", "foreign"):
        return None
    return case.env["psych.link.try"].create(
        {"campaign_id": _campaign(case, place).id, "number": "1", "tried_at": NOW}
    )


def draft(case, place, user):
    student = _student(case, place)
    return student and _insert(
        case,
        "psych.response.draft",
        company_id=student.company_id.id,
        campaign_id=_campaign(case, place).id,
        scale_id=_phq(case).id,
        student_id=student.id,
        saved_at=NOW,
        row_key=f"draft{student.id}",
    )


SAMPLES = {
    "psych.scale": scale,
    "psych.scale.item": item,
    "psych.scale.option": option,
    "psych.scale.factor": factor,
    "psych.scale.band": band,
    "psych.scale.flag": flag,
    "psych.scale.flag.term": flag_term,
    "psych.scale.norm": norm,
    "psych.scale.norm.line": norm_line,
    "psych.scale.vector": vector,
    "psych.campaign": campaign,
    "psych.campaign.wave": wave,
    "psych.campaign.member": member,
    "psych.campaign.coverage": coverage,
    "psych.campaign.delta": delta,
    "psych.campaign.tick": tick,
    "psych.link.try": link_try,
    "psych.response.draft": draft,
    "psych.response": response,
    "psych.response.flag": response_flag,
    "psych.response.level": level,
    "psych.interview": interview,
    "psych.file": file,
    "psych.file.rule": file_rule,
    "psych.screening.figure": figure,
    "psych.screening.gap": gap,
    "psych.screening.hit": hit,
}
