from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import clock, keys, sheet_link

REASONS = [
    ("no_class", "Has no class"),
    ("on_leave", "On leave of absence"),
    ("intern", "On internship"),
    ("hospital", "In hospital"),
    ("minor", "Guardian consent missing"),
    ("manual", "Left out by hand"),
]


class PsychCampaignMember(models.Model):
    """A student in a campaign, invited or left out with the reason. Says nothing about results.

    Whether somebody answered is asked from the sheets; this row is never written while students answer.
    """

    _name = "psych.campaign.member"
    _description = "Student of a campaign"
    _order = "class_id, id"
    _log_access = False
    _rec_name = "student_id"

    campaign_id = fields.Many2one("psych.campaign", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    student_id = fields.Many2one(
        "psych.student", required=True, readonly=True, index=True, ondelete="restrict"
    )
    class_id = fields.Many2one("psych.unit", string="Class", readonly=True, ondelete="restrict")
    college_id = fields.Many2one("psych.unit", string="College", readonly=True, ondelete="restrict")
    state = fields.Selection([("invited", "Invited"), ("left_out", "Left out")], required=True)
    reason = fields.Selection(REASONS, string="Why left out")
    opens_at = fields.Datetime(string="Opens", required=True)

    _member_uniq = models.UniqueIndex("(campaign_id, student_id)")
    _campaign_class = models.Index("(campaign_id, class_id)")

    def action_invite(self):
        """Invite students who were left out, for example after the guardian's consent is in."""
        self.filtered(lambda member: member.state == "left_out").write({"state": "invited", "reason": False})
        self.env["psych.campaign.coverage"].sudo()._rebuild(self.campaign_id)  # sudo seam: counts only

    def action_leave_out(self):
        """Take students out of the campaign."""
        self.write({"state": "left_out", "reason": "manual"})
        self.env["psych.campaign.coverage"].sudo()._rebuild(self.campaign_id)  # sudo seam: counts only

    # ----------------------------------------------------------------------
    # Links and codes
    # ----------------------------------------------------------------------

    @api.model
    def _secrets(self):
        """Secrets that sign links, newest first: derived from the content keys and this database."""
        ring = keys.content_ring()
        base = (
            self.env["ir.config_parameter"].sudo().get_param("database.uuid", "").encode()
        )  # sudo seam: reading a setting
        names = sorted(ring.key_ids, key=lambda name: name != ring.active)
        return [base + ring.mac_key_of(name) for name in names]

    def _links(self):
        """``{member: (link, one-time code)}`` for handing out. Only whoever may read the members may ask.

        :raises UserError: when the campaign is not open
        """
        base = self[:1].get_base_url()
        secret = self._secrets()[0]
        result = {}
        for member in self:
            campaign = member.campaign_id
            if campaign.state != "open":
                raise UserError(self.env._("Links are made when the campaign is open."))
            last_day = clock.local(campaign.date_close, campaign.company_id.psych_tz).date() + timedelta(
                days=1
            )
            token = sheet_link.make(secret, campaign.id, member.student_id.id, last_day)
            code = sheet_link.code(secret, campaign.id * 64 + campaign.round, member.student_id.id)
            result[member] = (f"{base}/psych/s#{token}", f"{code[:4]}-{code[4:]}")
        return result

    @api.model
    def _own_open_link(self):
        """Path of the own open questionnaire of the signed-in student, or False; first one that is not answered yet.

        sudo seam: looks for the student of the signed-in user alone.
        """
        members = self.sudo().search(
            [
                ("student_id.user_id", "=", self.env.uid),
                ("state", "=", "invited"),
                ("opens_at", "<=", clock.now()),
                ("campaign_id.state", "=", "open"),
                ("campaign_id.date_close", ">", clock.now()),
            ],
            order="opens_at, id",
        )
        if not members:
            return False
        waiting = (
            member
            for member in members
            if member in self.sudo()._missing(member.campaign_id, member.class_id)
        )
        member = next(waiting, members[:1])
        return "/psych/s#" + member._links()[member][0].split("#", 1)[1]

    @api.model
    def _missing(self, campaign, units=None):
        """Members without a sheet that counts, as records; tells nothing about results.

        sudo seam: participation only, for whoever may read the members.
        """
        condition = SQL("AND m.class_id IN %s", tuple(units.ids)) if units else SQL()
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM psych_campaign_member m JOIN psych_student s ON s.id = m.student_id
                WHERE m.campaign_id = %s AND m.state = 'invited' AND s.enrolment_state IN ('enrolled', 'on_leave')
                  AND s.whereabouts_state <> 'missing'
                  AND m.opens_at <= %s %s AND NOT EXISTS (
                      SELECT 1 FROM psych_response r WHERE r.campaign_id = m.campaign_id AND r.student_id = m.student_id
                         AND (r.state IN ('valid', 'declined') OR r.round = %s))
                  AND NOT EXISTS (
                      SELECT 1 FROM psych_campaign_tick t WHERE t.campaign_id = m.campaign_id AND t.student_id = m.student_id)
                ORDER BY m.class_id, s.number""",
                campaign.id,
                clock.now(),
                condition,
                campaign.round,
            )
        )
        found = self.browse([row[0] for row in rows])
        return found.with_env(self.env)._filtered_access("read")
