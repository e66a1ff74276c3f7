from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools import clock

# the guardian's consent to the census, or another legal basis (F21)
CONSENT_IS_IN = SQL(
    """EXISTS (SELECT 1 FROM psych_consent k WHERE k.student_id = s.id AND k.purpose = 'census' AND k.state IN ('given', 'override'))"""
)
ONE_DAY_LIMIT = 3  # working days of talks after which opening everybody at once wants a reason (F5)


class PsychCampaign(models.Model):
    """A census, a follow-up measure, or an anonymous climate or literacy survey (S1-Art18, S1-Art2-c).

    Draft → open → closed. Opening freezes who takes part (``psych.campaign.member``, with who is left out and why)
    and staggers the opening by waves. While open nothing writes to this row: sheets and coverage deltas are only
    inserted. Before opening it compares the expected flags with the capacity for talks and wants a typed reason to
    open everybody on one day (F5).
    """

    _name = "psych.campaign"
    _description = "Census campaign"
    _order = "date_open desc, id desc"
    _check_company_auto = True

    # identity
    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", string="School", required=True, index=True, default=lambda self: self.env.company
    )
    term_id = fields.Many2one("psych.term", string="Semester", index="btree_not_null", ondelete="set null")
    kind = fields.Selection(
        [
            ("census", "Census"),
            ("followup", "Follow-up measure"),
            ("climate", "Climate or literacy, anonymous"),
        ],
        required=True,
        default="census",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("open", "Running"), ("closed", "Closed")],
        required=True,
        default="draft",
        index=True,
        copy=False,
    )
    round = fields.Integer(default=1, copy=False, help="1 = main round; a make-up round counts on.")
    user_id = fields.Many2one("res.users", string="Responsible", default=lambda self: self.env.user)

    # what is asked
    scale_ids = fields.Many2many(
        "psych.scale", string="Scales", domain="[('state', '=', 'released'), ('kind', '=', 'questionnaire')]"
    )
    followup_scale_id = fields.Many2one(
        "psych.scale",
        string="Follow-up questions",
        ondelete="restrict",
        domain="[('state', '=', 'released'), ('kind', '=', 'followup')]",
        default=lambda self: self._default_followup(),
        help="Opened in the same sitting when a rule asks for it (two-step: at once, needs a talk, watch).",
    )
    consent_text = fields.Text(string="Own consent text", translate=True, help="Empty = the standard text.")
    in_class = fields.Boolean(string="In class", help="Answered in a room with others: never shows a report.")
    report_days = fields.Integer(
        string="Own report after (days)",
        default=-1,
        help="-1 = never. Shown to the student alone, folded, on the own phone.",
    )

    # who
    entry_years = fields.Char(help="For example 2026, 2025. Empty = all.")
    unit_ids = fields.Many2many(
        "psych.unit",
        string="Colleges or classes",
        domain="[('role', 'in', ('college', 'class'))]",
        check_company=True,
    )
    include_leave = fields.Boolean(string="Also students on leave")
    include_interns = fields.Boolean(string="Also interns, by link", default=True)
    minor_age = fields.Integer(
        string="Guardian consent below age",
        help="0 = not asked. Students below it are left out until the consent is in.",
    )
    member_ids = fields.One2many("psych.campaign.member", "campaign_id", string="Students")
    member_count = fields.Integer(compute="_compute_counts")
    left_out_count = fields.Integer(compute="_compute_counts")

    # when
    date_open = fields.Datetime(string="Opens", required=True, default=lambda self: clock.now())
    date_close = fields.Datetime(
        string="Closes", required=True, default=lambda self: clock.now() + timedelta(days=7)
    )
    wave_ids = fields.One2many("psych.campaign.wave", "campaign_id", string="Waves", copy=True)
    reminder_days = fields.Integer(
        string="Remind every (days)",
        default=2,
        help="0 = no reminders; only the unfinished are reminded, never at night.",
    )
    last_reminder = fields.Date(readonly=True, copy=False)

    # capacity
    expected_share = fields.Float(string="Expected to need a talk (%)", default=7.0)
    interviewer_count = fields.Integer(string="People who talk", default=6)
    talks_per_day = fields.Integer(string="Talks per person and day", default=6)
    expected_flags = fields.Integer(compute="_compute_capacity")
    capacity_days = fields.Float(string="Working days of talks", compute="_compute_capacity")
    same_day_reason = fields.Text(string="Why everybody on one day", copy=False)

    # how far
    coverage_ids = fields.One2many("psych.campaign.coverage", "campaign_id", string="Coverage", copy=False)
    expected_count = fields.Integer(compute="_compute_progress")
    done_count = fields.Integer(string="Answered", compute="_compute_progress")
    declined_count = fields.Integer(string="Declined", compute="_compute_progress")
    done_share = fields.Float(string="Coverage (%)", compute="_compute_progress")
    as_of = fields.Datetime(compute="_compute_progress")
    interview_count = fields.Integer(
        compute="_compute_interview_count", groups="psych_health.group_psych_health_centre"
    )

    _dates_ordered = models.Constraint("CHECK (date_close > date_open)", "A campaign closes after it opens.")

    def _default_followup(self):
        return self.env["psych.scale"].search(
            [("kind", "=", "followup"), ("state", "=", "released")], order="id desc", limit=1
        )

    def _default_consent(self):
        return self.env._(
            "This questionnaire helps the school's mental-health centre to offer support in time. Your answers are "
            "encrypted and seen by the centre only; they never count for marks, awards or dormitory. Each answer is saved at "
            "once. If an answer shows that you may be having a hard time, a teacher of the centre may talk with you, even if "
            "you do not finish. You may decline, and nothing follows from that. It is not a diagnosis."
        )

    # ----------------------------------------------------------------------
    # Computes
    # ----------------------------------------------------------------------

    @api.depends("member_ids")
    def _compute_counts(self):
        Member = self.env["psych.campaign.member"]
        counts = {
            (campaign.id, state): count
            for campaign, state, count in Member._read_group(
                [("campaign_id", "in", self.ids)], ["campaign_id", "state"], ["__count"]
            )
        }
        for campaign in self:
            campaign.member_count = counts.get((campaign.id, "invited"), 0)
            campaign.left_out_count = counts.get((campaign.id, "left_out"), 0)

    @api.depends("expected_share", "interviewer_count", "talks_per_day", "entry_years", "unit_ids", "state")
    def _compute_capacity(self):
        for campaign in self:
            size = campaign.member_count if campaign.state != "draft" else campaign._cohort_size()
            campaign.expected_flags = round(size * campaign.expected_share / 100)
            campaign.capacity_days = campaign.expected_flags / max(
                1, campaign.interviewer_count * campaign.talks_per_day
            )

    def _compute_progress(self):
        sums = {
            campaign: row
            for campaign, *row in self.env["psych.campaign.coverage"]._read_group(
                [("campaign_id", "in", self.ids)],
                ["campaign_id"],
                ["expected:sum", "done:sum", "declined:sum", "as_of:max"],
            )
        }
        for campaign in self:
            expected, done, declined, as_of = sums.get(campaign, (0, 0, 0, False))
            campaign.update(
                {
                    "expected_count": expected,
                    "done_count": done,
                    "declined_count": declined,
                    "as_of": as_of,
                    "done_share": 100 * (done + declined) / expected if expected else 0,
                }
            )

    def _compute_interview_count(self):
        counts = dict(
            self.env["psych.interview"]._read_group(
                [("campaign_id", "in", self.ids), ("is_open", "=", True)], ["campaign_id"], ["__count"]
            )
        )
        for campaign in self:
            campaign.interview_count = counts.get(campaign, 0)

    @api.constrains("scale_ids", "state")
    def _check_scales(self):
        for campaign in self:
            if campaign.state == "open" and not campaign.scale_ids:
                raise ValidationError(self.env._("Choose at least one scale."))

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        frozen = {"scale_ids", "followup_scale_id", "kind", "company_id"} & set(vals)
        if frozen and any(campaign.state != "draft" for campaign in self):
            raise UserError(
                self.env._("What is asked does not change once a campaign was opened. Make a new campaign.")
            )
        result = super().write(vals)
        if set(vals) - {"last_reminder", "user_id", "name"}:
            self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_opened(self):
        if any(campaign.state != "draft" for campaign in self):
            raise UserError(self.env._("A campaign that was opened stays: sheets point to it."))

    # ----------------------------------------------------------------------
    # Plain data for the submit path
    # ----------------------------------------------------------------------

    @api.model
    @tools.ormcache("campaign_id")
    def _plain(self, campaign_id):
        """What a submit needs to know of a campaign, as plain data; dropped when the campaign is written.

        sudo seam: asked by a student without any right; nothing personal is in it.
        """
        campaign = self.sudo().browse(campaign_id).exists()
        return campaign._plain_data() if campaign else None

    def _plain_data(self):
        self.ensure_one()
        scales = self.scale_ids.sorted(lambda scale: (scale.sequence, scale.id))
        return {
            "id": self.id,
            "company_id": self.company_id.id,
            "state": self.state,
            "round": self.round,
            "closes": self.date_close,
            "anonymous": self.kind == "climate",
            "in_class": self.in_class,
            "report_days": self.report_days if not self.in_class else -1,
            "scale_ids": tuple(scales.ids),
            "lead_scale_id": scales[:1].id,
            "followup_scale_id": self.followup_scale_id.id,
            "tz": self.company_id.psych_tz,
        }

    # ----------------------------------------------------------------------
    # Cohort
    # ----------------------------------------------------------------------

    def _years(self):
        """Entry years of the cohort rule as integers.

        :raises UserError: when they are not years
        """
        parts = [
            part.strip() for part in (self.entry_years or "").replace("，", ",").split(",") if part.strip()
        ]
        if any(not part.isdigit() for part in parts):
            raise UserError(self.env._("Write entry years like 2026, 2025."))
        return [int(part) for part in parts]

    def _cohort_base(self):
        """SQL condition over ``s`` (psych_student): everybody the rule speaks about, left out or not."""
        conditions = [
            SQL("s.company_id = %s AND s.active", self.company_id.id),
            SQL("s.enrolment_state IN ('enrolled', 'on_leave')"),
        ]
        if self._years():
            conditions.append(SQL("s.entry_year IN %s", tuple(self._years())))
        if self.unit_ids:
            units = tuple(self.unit_ids._origin.ids or self.unit_ids.ids)
            conditions.append(SQL("(s.class_id IN %(u)s OR s.college_id IN %(u)s)", u=units))
        return SQL(" AND ").join(conditions)

    def _cohort_size(self):
        """How many students the rule would invite now."""
        self.env["psych.student"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM psych_student s WHERE %s AND %s IS NULL",
                self._cohort_base(),
                self._left_out_case(),
            )
        )
        return rows[0][0]

    def _left_out_case(self):
        """SQL expression: why a student of the cohort is left out, NULL when invited."""
        cases = [SQL("WHEN s.class_id IS NULL THEN 'no_class'")]
        if not self.include_leave:
            cases.append(SQL("WHEN s.enrolment_state = 'on_leave' THEN 'on_leave'"))
        if not self.include_interns:
            cases.append(SQL("WHEN s.whereabouts_state = 'internship' THEN 'intern'"))
        cases.append(SQL("WHEN s.whereabouts_state = 'hospital' THEN 'hospital'"))
        if self.minor_age:
            day = clock.today(self.env, self.company_id)
            born = day.replace(year=day.year - self.minor_age, day=min(day.day, 28))
            cases.append(SQL("WHEN s.birth_date > %s AND NOT %s THEN 'minor'", born, CONSENT_IS_IN))
        return SQL("(CASE %s END)", SQL(" ").join(cases))

    def _build_members(self):
        """Freeze who takes part, in one statement; running it again adds newcomers and minors whose consent came in."""
        self.ensure_one()
        self.env["psych.consent"].flush_model()
        self.env["psych.student"].flush_model()
        self.env["psych.campaign.member"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO psych_campaign_member (campaign_id, company_id, student_id, class_id, college_id, state, reason, opens_at)
               SELECT %(id)s, s.company_id, s.id, s.class_id, s.college_id,
                      CASE WHEN %(why)s IS NULL THEN 'invited' ELSE 'left_out' END, %(why)s, %(opens)s
                 FROM psych_student s WHERE %(base)s
               ON CONFLICT (campaign_id, student_id) DO NOTHING""",
                id=self.id,
                why=self._left_out_case(),
                base=self._cohort_base(),
                opens=self.date_open,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE psych_campaign_member m SET state = 'invited', reason = NULL FROM psych_student s
                WHERE m.campaign_id = %s AND m.reason = 'minor' AND s.id = m.student_id AND %s""",
                self.id,
                CONSENT_IS_IN,
            )
        )
        self._spread_waves()
        self.env["psych.campaign.coverage"]._rebuild(self)
        self.env["psych.campaign.member"].invalidate_model()

    def _spread_waves(self):
        """Give every member the opening moment of the wave of the own college or class."""
        for wave in self.wave_ids.sorted("opens_at", reverse=True):
            self.env.cr.execute(
                SQL(
                    """UPDATE psych_campaign_member SET opens_at = %s
                    WHERE campaign_id = %s AND (class_id IN %s OR college_id IN %s)""",
                    wave.opens_at,
                    self.id,
                    tuple(wave.unit_ids.ids) or (0,),
                    tuple(wave.unit_ids.ids) or (0,),
                )
            )

    # ----------------------------------------------------------------------
    # Actions
    # ----------------------------------------------------------------------

    def action_open(self):
        """Freeze the cohort and open.

        :raises UserError: no scale, nobody to ask, or too many at once without a reason
        """
        for campaign in self:
            if campaign.state != "draft":
                raise UserError(self.env._("This campaign was opened already."))
            if any(scale.state != "released" for scale in campaign.scale_ids | campaign.followup_scale_id):
                raise UserError(self.env._("Only released scales can be used. Release the scale first."))
            campaign._check_capacity()
            campaign._build_members()
            if not campaign.member_count:
                raise UserError(self.env._("Nobody belongs to this campaign. Check entry years and units."))
            campaign.state = "open"

    def _check_capacity(self):
        """:raises UserError: when everybody opens on one day, talks would take days, and no reason is typed (F5)"""
        days = {clock.local(wave.opens_at, self.company_id.psych_tz).date() for wave in self.wave_ids}
        if len(days) > 1 or self.kind == "climate" or self.capacity_days <= ONE_DAY_LIMIT:
            return
        if len((self.same_day_reason or "").strip()) < 10:
            raise UserError(
                self.env._(
                    "About %(flags)s students may need a talk; with %(people)s people and %(talks)s talks a day that takes "
                    "%(days).1f working days. Stagger the opening by college, or write why everybody opens on one day.",
                    flags=self.expected_flags,
                    people=self.interviewer_count,
                    talks=self.talks_per_day,
                    days=self.capacity_days,
                )
            )

    def action_stagger(self):
        """Propose one wave per college on consecutive days, the first on the day of opening."""
        for campaign in self:
            campaign.wave_ids.unlink()
            colleges = campaign.unit_ids.filtered(lambda unit: unit.role == "college") or self.env[
                "psych.unit"
            ].search([("role", "=", "college"), ("company_id", "=", campaign.company_id.id)])
            campaign.wave_ids = [
                (
                    0,
                    0,
                    {
                        "unit_ids": [(6, 0, college.ids)],
                        "opens_at": campaign.date_open + timedelta(days=index),
                    },
                )
                for index, college in enumerate(colleges)
            ]

    def action_add_newcomers(self):
        """Invite students who came into the cohort after opening."""
        for campaign in self.filtered(lambda campaign: campaign.state == "open"):
            campaign._build_members()

    def action_makeup(self):
        """Open a make-up round for those who have no valid sheet."""
        for campaign in self:
            if campaign.state != "closed":
                raise UserError(
                    self.env._(
                        "Close the campaign first; the make-up round opens for those without a valid sheet."
                    )
                )
            campaign.write(
                {"state": "open", "round": campaign.round + 1, "date_close": clock.now() + timedelta(days=7)}
            )

    def action_close(self):
        """Close: half-filled sheets become incomplete ones, rules on them count, coverage is folded."""
        for campaign in self.filtered(lambda campaign: campaign.state == "open"):
            self.env["psych.response.draft"].sudo()._close_unfinished(
                campaign.sudo()
            )  # sudo seam: machine work on sealed sheets
            campaign.state = "closed"
            self.env["psych.file"]._of_campaign(campaign)
        self.env["psych.campaign.coverage"].sudo()._cron_fold()  # sudo seam: counts only

    def action_view_members(self):
        """Students of the campaign, with who is left out and why."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_campaign_member_action")
        action["domain"] = [("campaign_id", "=", self.id)]
        return action

    def action_view_coverage(self):
        """Coverage by college and class."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_campaign_coverage_action")
        action["domain"] = [("campaign_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_interviews(self):
        """Talks that follow from this campaign."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("psych_health.psych_interview_action")
        action["domain"] = [("campaign_id", "=", self.id)]
        return action
