import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import scale_file


class PsychScaleImport(models.TransientModel):
    """Read a scale from a file (XLSX, FHIR R4, JSON), or the official wording of a scale that is here."""

    _name = "psych.scale.import"
    _description = "Import of a scale"

    what = fields.Selection(
        [("scale", "A whole scale"), ("wording", "Wording of a scale that is here")],
        required=True,
        default="scale",
    )
    scale_id = fields.Many2one("psych.scale", string="Scale")
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    lang = fields.Selection(
        [("zh_CN", "Chinese"), ("en_US", "English")],
        default="zh_CN",
        required=True,
        string="Language of the wording",
    )

    def action_import(self):
        """Build a draft from the file and open it."""
        self.ensure_one()
        content = base64.b64decode(self.file or b"")
        Scale = self.env["psych.scale"]
        if self.what == "wording":
            if not self.scale_id:
                raise UserError(self.env._("Choose the scale that the wording belongs to."))
            try:
                texts = scale_file.read_wording(self.file_name or "", content)
            except Exception as fault:
                raise UserError(
                    self.env._("The table cannot be read: two columns, number and wording.")
                ) from fault
            scale = self.scale_id._load_wording(texts, self.lang)
        else:
            spec = Scale._read_file(self.file_name or "", content)
            known = Scale.search(
                [("code", "=", spec["code"]), ("company_id", "in", (False, self.env.company.id))], limit=1
            )
            if known and Scale.search(
                [
                    ("code", "=", spec["code"]),
                    ("version", "=", spec["version"]),
                    ("company_id", "in", (False, self.env.company.id)),
                ]
            ):
                spec["version"] = known._next_version()
            scale = Scale._import_spec(spec, self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "psych.scale",
            "res_id": scale.id,
            "view_mode": "form",
        }
