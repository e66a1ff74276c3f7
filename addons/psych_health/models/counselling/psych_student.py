from odoo import fields, models

BATCH = 500


class PsychStudent(models.Model):
    """Portal accounts of students: made in batches before they are needed, without a password."""

    _inherit = "psych.student"

    def _psych_make_portal_users(self):
        """Make the portal user of each enrolled student who has none.

        One write per batch: every new user empties caches of all processes, so this never runs inside a student's
        request. The contact carries the student number only. Running it again makes nothing new.
        Named seam: accounts are made by the administrator of the school, who is no group_erp_manager.

        :return: number of users made
        """
        made = 0
        missing = self.filtered(
            lambda row: not row.user_id and row.enrolment_state in ("enrolled", "on_leave")
        )
        groups = self.env.ref("base.group_portal") | self.env.ref("psych_health.group_psych_health_student")
        Users = (
            self.env["res.users"]
            .sudo()
            .with_context(no_reset_password=True, tracking_disable=True, mail_create_nolog=True)
        )
        for start in range(0, len(missing), BATCH):
            rows = missing[start : start + BATCH]
            users = Users.create(
                [
                    {
                        "login": f"{row.company_id.id}-{row.number}",
                        "name": row.number,
                        "company_id": row.company_id.id,
                        "company_ids": [fields.Command.set(row.company_id.ids)],
                        "lang": "zh_CN",
                        "tz": row.company_id.psych_tz,
                        "group_ids": [fields.Command.set(groups.ids)],
                    }
                    for row in rows
                ]
            )
            for row, user in zip(rows.sudo(), users, strict=True):
                row.write({"user_id": user.id, "partner_id": user.partner_id.id})
            made += len(users)
        return made
