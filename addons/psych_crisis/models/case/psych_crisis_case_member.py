from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..warning.psych_crisis_matter import ALL_STAFF


class PsychCrisisCaseMember(models.Model):
    """A person of the team (工作专班), through a post: the access ends with the post."""

    _name = "psych.crisis.case.member"
    _description = "Member of a case team"
    _rec_name = "user_id"

    case_id = fields.Many2one("psych.crisis.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    user_id = fields.Many2one(
        "res.users", required=True, index=True, domain="[('share', '=', False)]", ondelete="restrict"
    )
    membership_id = fields.Many2one(
        "psych.membership", string="As", readonly=True, ondelete="set null", index="btree_not_null"
    )
    role = fields.Selection(
        [
            ("case_manager", "Case manager"),
            ("psychologist", "Psychologist"),
            ("tutor", "Tutor"),
            ("station", "Station"),
            ("office", "Office"),
            ("security", "Security"),
            ("clinic", "Clinic"),
            ("logistics", "Logistics"),
        ],
        default="tutor",
        required=True,
    )

    _once = models.UniqueIndex("(case_id, user_id)", "This person is in the team already.")

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        for member in members.sudo():  # named seam: rights follow the roster
            member.membership_id = self._post_of(member)
        members._check_user()
        members.case_id._touch()
        return members

    def unlink(self):
        cases = self.case_id
        result = super().unlink()
        cases._touch()
        return result

    @api.model
    def _post_of(self, member):
        return member.case_id._membership_of(member.user_id)

    @api.constrains("user_id")
    def _check_user(self):
        # named seam: whether the account is a student's
        for member in self.sudo():
            if member.user_id.share:
                raise ValidationError(self.env._("Students are never in a team."))
            if member.membership_id and member.user_id.id in member.case_id._barred_user_ids():
                raise ValidationError(self.env._("This person is locked out of the student's matters."))
            if not member.membership_id and not self.env["psych.scope"].search_count(
                [("user_id", "=", member.user_id.id), ("role", "in", ALL_STAFF)], limit=1
            ):
                raise ValidationError(
                    self.env._("This person holds no post today. Appoint first, then add to the team.")
                )
