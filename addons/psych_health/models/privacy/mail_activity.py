from odoo import api, models
from odoo.tools import is_html_empty

from ...tools import confidential


class MailActivity(models.Model):
    """Activities on our records carry a type and a date, no text and no name (trap 13)."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            model = vals.get("res_model") or self._psych_model_name(vals.get("res_model_id"))
            self._psych_check_text(vals, model or self.env.context.get("default_res_model"))
        return super().create(vals_list)

    def write(self, vals):
        for model in {*self.mapped("res_model"), vals.get("res_model")}:
            self._psych_check_text(vals, model)
        return super().write(vals)

    def _action_done(self, feedback=False, attachment_ids=None):
        for model in set(self.mapped("res_model")) if feedback or attachment_ids else ():
            self.env["mail.message"]._psych_check_thread(model)
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    @api.depends("res_model", "res_id")
    def _compute_res_name(self):  # pylint: disable=missing-return
        """Store no name of a confidential record: it may be the student's."""
        closed = self.filtered(lambda a: confidential.takes_no_chat(self.env, a.res_model))
        super(MailActivity, self - closed)._compute_res_name()
        for activity in closed:
            model = self.env["ir.model"]._get(activity.res_model)
            activity.res_name = f"{model.name} {activity.res_id}"

    def _psych_model_name(self, model_id):
        # named seam: the name of a model
        return self.env["ir.model"].browse(model_id).sudo().model if model_id else None

    def _psych_check_text(self, vals, model):
        """Refuse typed text; what the type of activity itself says is text of the system."""
        kind = self.env["mail.activity.type"].browse(vals.get("activity_type_id"))
        kind = kind or self[:1].activity_type_id
        summary, note = vals.get("summary"), vals.get("note") or ""
        if (summary and summary != kind.summary) or (not is_html_empty(note) and note != kind.default_note):
            self.env["mail.message"]._psych_check_thread(model)
