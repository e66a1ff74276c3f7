"""Sample records of the privacy room: one for each place where the model can lie."""

from ...tools import clock


def _student(case, place, user):
    """Return the student of a place; a student's own row for ``self``."""
    if place == "self":
        return case.env["psych.student"].search([("user_id", "=", user.id)], limit=1)
    return {"unit": case.students[4], "other": case.students[6], "foreign": case.foreign_student}.get(place)


def _company(case, place):
    return {"other": case.company, "foreign": case.foreign}.get(place)


def _fill(model, vals):
    """Complete ``vals`` with something for each required field that has no default."""
    defaults = model.default_get(list(model._fields))
    for name, field in model._fields.items():
        if (
            field.required
            and not vals.get(name)
            and not defaults.get(name)
            and field.store
            and not field.compute
        ):
            if field.type == "selection":
                vals[name] = field.get_values(model.env)[0]
            elif field.type in ("char", "text", "html"):
                vals[name] = f"Own {model._name}"
            elif field.type in ("integer", "float"):
                vals[name] = 12
            elif field.type == "datetime":
                vals[name] = clock.now()
            elif field.type == "date":
                vals[name] = "2027-06-30"
    return vals


def about_student(model_name, **more):
    """Return the sample of a model whose rows are about one student."""

    def sample(case, place, user):
        student = _student(case, place, user)
        if not student:
            return None
        model = case.env[model_name]
        model = model._seam() if hasattr(model, "_seam") else model
        vals = dict(more)
        vals |= {"student_id": student.id}
        if "company_id" in model._fields and not model._fields["company_id"].related:
            vals["company_id"] = student.company_id.id
        return model.create(_fill(model, vals))

    return sample


def of_school(model_name, shared=None, **more):
    """Return the sample of a model whose rows belong to a school; ``shared`` is the external id of a shared one."""

    def sample(case, place, user):
        if place == "shared":
            return shared and case.env.ref(f"psych_health.{shared}")
        company = _company(case, place)
        model = case.env[model_name]
        vals = dict(more)
        return company and model.create(_fill(model, {**vals, "company_id": company.id}))

    return sample


def grant(case, place, user):
    """An emergency opening of the person, of another one, of another school."""
    holder = {"self": user, "other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    model = case.env["psych.access.grant"]._seam()
    student = case.foreign_student if place == "foreign" else case.students[6]
    vals = {
        "user_id": holder and holder.id,
        "student_id": student.id,
        "company_id": student.company_id.id,
        "model": "psych.family.contact",
        "res_id": 1,
        "content_right": "notes",
        "date_end": "2027-01-01 00:00:00",
    }
    return holder and model.create(_fill(model, vals))


def export_request(case, place, user):
    holder = {"self": user, "other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    company = case.foreign if place == "foreign" else case.company
    if not holder:
        return None
    model = case.env["psych.export.request"].with_user(holder).with_company(company).sudo()
    return model.create(_fill(model, {"delete_on": "2027-01-01"})).with_env(case.env)


def login_failure(case, place, user):
    return of_school("psych.login.failure")(case, place, user)


def credential_reset(case, place, user):
    holder = {"other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    model = case.env["psych.credential.reset"]
    if not holder:
        return None
    return model.create(_fill(model, {"user_id": holder.id, "company_id": holder.company_id.id}))


def incident_line(case, place, user):
    incident = of_school("psych.privacy.incident")(case, place, user)
    return incident and incident.line_ids[:1]


def destruction_record(case, place, user):
    company = _company(case, place)
    model = case.env["psych.destruction.record"]
    model = model._seam() if hasattr(model, "_seam") else model
    vals = {"class_id": case.env["psych.retention.class"].search([], limit=1).id}
    return company and model.create(_fill(model, {**vals, "company_id": company.id, "mode": "destroy"}))


def lockout(case, place, user):
    """A lock-out of another person, of another school; never about oneself (test_lockout_rules.py)."""
    holder = {"other": case.u_stranger, "foreign": case.foreign_staff}.get(place)
    student = case.foreign_student if place == "foreign" else case.students[7]
    return holder and case.env["psych.lockout"].create(
        {
            "user_id": holder.id,
            "student_id": student.id,
            "reason": "kin",
            "date_start": "2020-01-01",
            "date_end": "2020-01-02",
        }
    )


SAMPLES = {
    "psych.access.delay": about_student("psych.access.delay"),
    "psych.access.grant": grant,
    "psych.access.reason": of_school("psych.access.reason", "psych_access_reason_danger"),
    "psych.consent": about_student("psych.consent", purpose="recording", state="refused"),
    "psych.consent/override": about_student("psych.consent", purpose="handover", state="override"),
    "psych.consent.text": of_school(
        "psych.consent.text", "psych_consent_text_counselling_1", purpose="recording", version=9
    ),
    "psych.correction.request": about_student("psych.correction.request"),
    "psych.credential.reset": credential_reset,
    "psych.destruction.record": destruction_record,
    "psych.emergency.card": about_student("psych.emergency.card"),
    "psych.export.request": export_request,
    "psych.family.contact": about_student("psych.family.contact", name="Mother"),
    "psych.legal.hold": about_student("psych.legal.hold"),
    "psych.lockout": lockout,
    "psych.login.failure": login_failure,
    "psych.privacy.assessment": of_school("psych.privacy.assessment"),
    "psych.privacy.incident": of_school("psych.privacy.incident"),
    "psych.privacy.incident.line": incident_line,
    "psych.privacy.step": of_school("psych.privacy.step", "psych_privacy_step_stop"),
    "psych.retention.class": of_school(
        "psych.retention.class", "psych_retention_class_session", model="psych.session", date_field="date"
    ),
}
