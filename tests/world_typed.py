"""Run in Odoo's shell after the demo college: records that only the machine makes, so that people can write in them."""

from datetime import timedelta


def main(env):
    """One interview for the part-time counsellor of the demo college."""
    company = env.company
    counsellor = env["res.users"].search([("login", "=", "counsellor")])
    student = env["psych.student"].search([("company_id", "=", company.id)], limit=1)
    if not env["psych.interview"].search_count([("user_id", "=", counsellor.id)]):
        now = env.cr.now()
        env["psych.interview"].create(
            {
                "company_id": company.id,
                "student_id": student.id,
                "class_id": student.class_id.id,
                "user_id": counsellor.id,
                "urgency": env["psych.interview"]._fields["urgency"].get_values(env)[0],
                "raised_at": now,
                "due_at": now + timedelta(days=3),
            }
        )
    env.cr.commit()


main(env)  # noqa: F821  (the shell's environment)
