from odoo import api, models

from ...tools import door


class MailRenderMixin(models.AbstractModel):
    """The gate is shut while a mail template renders (odoo-traps 1)."""

    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(
        self, template_src, model, res_ids, engine="inline_template", add_context=None, options=None
    ):
        with door.shut("mail template"):
            return super()._render_template(
                template_src, model, res_ids, engine=engine, add_context=add_context, options=options
            )
