from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.psych_health.tools import clock

#: settings of the school that the administrator changes here; the fields stand on res.company
NAMES = (
    "psych_crisis_desk_phone",
    "psych_crisis_centre_phone",
    "psych_crisis_repeat_minutes",
    "psych_crisis_webhook_url",
    "psych_crisis_voice_url",
    "psych_crisis_public_form",
    "psych_crisis_cluster",
    "psych_crisis_cluster_days",
    "psych_crisis_forget_months",
    "psych_crisis_dorm_days",
    "psych_crisis_key_factor",
)


class PsychCrisisSettings(models.TransientModel):
    """Phones, channels and limits of the warning work, for the school administrator, who holds no system right.

    Shows as well whether it works: last beat of the ladder, last proof of delivery, messages given up, hours without
    anybody on call.
    """

    _name = "psych.crisis.settings"
    _description = "Warning: phones and channels"

    company_id = fields.Many2one(
        "res.company", string="School", required=True, readonly=True, default=lambda self: self.env.company
    )
    psych_crisis_desk_phone = fields.Char(string="Phone of the desk staffed day and night")
    psych_crisis_centre_phone = fields.Char(string="Phone of the centre")
    psych_crisis_repeat_minutes = fields.Integer(string="Call the desk again after (minutes)")
    psych_crisis_webhook_url = fields.Char(string="Chat webhook")
    psych_crisis_voice_url = fields.Char(string="SMS or voice gateway")
    psych_crisis_public_form = fields.Boolean(string="Public concern form")
    psych_crisis_cluster = fields.Integer(string="Signals that make a cluster")
    psych_crisis_cluster_days = fields.Integer(string="… within (days)")
    psych_crisis_forget_months = fields.Integer(string="Months until signals without concern are deleted")
    psych_crisis_dorm_days = fields.Integer(string="Dorm reports every (days)")
    psych_crisis_key_factor = fields.Float(string="Rhythm in key periods")
    # does it work?
    health = fields.Text(string="Does it work?", compute="_compute_health")

    @api.model
    def _company(self):
        """Return the school as the machine sees it, for its administrator only.

        :raises AccessError: for everybody else
        """
        company = self.env.company
        if not self.env.user._psych_has_scope("admin", company=company):
            raise AccessError(self.env._("The administrator of the school changes its settings."))
        return company.sudo()  # named seam: the administrator holds no right on companies

    @api.model
    def default_get(self, fields):
        company = self._company()
        values = super().default_get(fields)
        return values | {name: company[name] for name in NAMES if name in fields}

    @api.depends("company_id")
    def _compute_health(self):
        for wizard in self:
            wizard.health = "\n".join(wizard._health_lines(wizard._company()))

    def _health_lines(self, company):
        """Return the state of the channels in sentences."""
        now = clock.now()
        say = lambda moment: clock.local(moment, company.psych_tz).strftime("%m-%d %H:%M")  # noqa: E731
        # named seam: the moment of the last beat, for the administrator's page
        beat = self.env["psych.crisis.heartbeat"].sudo().search([("code", "=", "ladder")], limit=1)
        silent = self.env["psych.crisis.heartbeat"]._silent_since()
        Message = self.env[
            "psych.crisis.message"
        ].sudo()  # named seam: counts and times of the own school only
        mine = [("company_id", "=", company.id)]
        sent = Message.search([*mine, ("state", "=", "sent")], order="sent_at desc", limit=1)
        failed = Message.search_count(
            [*mine, ("state", "=", "failed"), ("send_at", ">=", now - timedelta(days=7))]
        )
        waiting = Message.search_count([*mine, ("state", "=", "queued"), ("send_at", "<=", now)])
        gaps = self.env["psych.crisis.oncall"]._gaps(company)
        return [
            self.env._("The ladder stands still since %s.", say(beat.beat_at) if beat else "—")
            if silent
            else self.env._("The ladder ran at %s.", say(beat.beat_at)),
            self.env._("Last message sent: %s.", say(sent.sent_at))
            if sent
            else self.env._("Nothing was sent yet."),
            self.env._(
                "Messages that wait: %(waiting)s; given up in 7 days: %(failed)s.",
                waiting=waiting,
                failed=failed,
            ),
            self.env._(
                "Nobody on call in the next 7 days: %s.",
                "、".join(f"{say(start)} – {say(stop)}" for start, stop in gaps),
            )
            if gaps
            else self.env._("Somebody is on call at every hour of the next 7 days."),
        ]

    def action_confirm(self):
        """Write what was changed."""
        self.ensure_one()
        company = self._company()
        company.write({name: self[name] for name in NAMES if self[name] != company[name]})
        return {"type": "ir.actions.act_window_close"}
