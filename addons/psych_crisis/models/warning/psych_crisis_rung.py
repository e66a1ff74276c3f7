from odoo import fields, models

from odoo.addons.psych_health.models.organisation.psych_post import SCOPE_ROLES
from odoo.addons.psych_health.tools import clock

STAFF_ROLES = [row for row in SCOPE_ROLES if row[0] not in ("none", "admin", "cadre_class", "cadre_dorm")]


class PsychCrisisRung(models.Model):
    """A rung of the ladder: to whom a matter climbs, as a post in a place and never as a name.

    Students are no rungs (safety rule F2): only roles of staff can be chosen. Who holds the rung is asked at the
    moment of use: ends of posts, absences and deputies are in the answer. A deputy of a deputy is never asked,
    so two people who stand in for each other cannot make a loop.
    """

    _name = "psych.crisis.rung"
    _description = "Rung of the ladder"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", string="School", help="Empty: shared by all schools.")
    place = fields.Selection(
        [
            ("class", "Class of the student"),
            ("college", "College of the student"),
            ("building", "Dorm building of the student"),
            ("school", "Whole school"),
            ("oncall", "On-call roster"),
            ("unit", "Unit of the post"),
        ],
        required=True,
        default="school",
    )
    role = fields.Selection(STAFF_ROLES, help="Who holds this role in the place.")
    post_id = fields.Many2one("psych.post", ondelete="restrict", help="Only holders of this post.")
    is_desk = fields.Boolean(
        string="Staffed day and night", help="The last rung: a desk where somebody always sits."
    )
    rings_at_night = fields.Boolean(
        default=True, help="May be called between 22:00 and 8:00 for something acute."
    )

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This rung exists already.")

    def _holders(self, matter, unfit=None):
        """Return who can act on this rung for ``matter`` now, as a list of ``(user, membership)``.

        Living accounts of staff only, present today; nobody who is locked out of the student or accused.

        :param matter: singleton of a model of ``psych.crisis.matter``
        :param unfit: what ``matter._unfit()`` says, when several rungs are asked
        """
        self.ensure_one()
        rows = self._rows(matter)
        away, barred = unfit or matter._unfit()
        result, seen = [], set()
        for user, membership in rows:
            usable = user.active and not user.share and user.partner_id not in away and user.id not in barred
            if usable and user.id not in seen:
                seen.add(user.id)
                result.append((user, membership))
        return result

    def _rows(self, matter):
        if self.place == "oncall":
            return self.env["psych.crisis.oncall"]._now_on_call(matter.company_id)
        company = matter.company_id
        today = clock.today(self.env, company)
        domain = [("company_id", "=", company.id), ("date_start", "<=", today), ("date_end", ">=", today)]
        if self.post_id:
            domain.append(("membership_id.post_id", "=", self.post_id.id))
        elif self.role:
            domain.append(("role", "=", self.role))
        else:
            return []
        place = self._place_domain(matter)
        if place is None:
            return []
        # named seam: the roster of rights is readable to nobody; who holds a rung is asked by the machine
        scopes = (
            self.env["psych.scope"]
            .sudo()
            .search(domain + place, order="deputy_id NULLS FIRST, membership_id, id")
        )
        return [(scope.user_id, scope.membership_id) for scope in scopes]

    def _place_domain(self, matter):
        """Return the domain of the place of ``matter``, None when it has no such place."""
        if self.place == "school":
            return [("school_id", "=", matter.company_id.id)]
        if self.place == "unit":
            return []
        units = matter._place_units()
        unit = units.get(self.place)
        return [("unit_id", "=", unit.id)] if unit else None
