from odoo import api, models
from odoo.exceptions import UserError


class PsychScalePart(models.AbstractModel):
    """Common ground of everything a scale consists of: it changes only while the scale is a draft.

    A released scale was answered, so its numbers must stay what they were: a change is a new version.
    """

    _name = "psych.scale.part"
    _description = "Part of a scale"

    def _scales(self):
        """Return the scales these parts belong to."""
        return self.scale_id

    def _check_draft(self):
        """:raises UserError: when a scale is released or retired"""
        frozen = self._scales().filtered(lambda scale: scale.state != "draft")
        if frozen:
            raise UserError(
                self.env._(
                    "%(scale)s is released: its items and numbers are frozen. Make a new version and change that one.",
                    scale=frozen[0].display_name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_draft()
        return parts

    def write(self, vals):
        self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_draft()
