from ast import literal_eval

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools import clock


class PsychRetentionClass(models.Model):
    """How long a kind of record is kept, and what happens then (facts B7; PIPL art. 19, 47). Data, not code.

    The time runs from a date of the record or from the day the student left. A class without school holds for all;
    a school's own class with the same code wins. The job only *lists* what is due as a destruction record; a head
    of the centre approves it. Upper addons add classes by ``psych.hooks._retention_classes``.
    """

    _name = "psych.retention.class"
    _description = "Retention class"
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="School", index=True, help="Empty: for all schools.")
    model = fields.Char(string="Kind of record (technical)", required=True)
    domain = fields.Char(default="[]", required=True)
    months = fields.Integer(string="Kept for (months)", required=True)
    start = fields.Selection(
        [("record", "Date of the record"), ("leaving", "Day the student left the school")],
        required=True,
        default="record",
    )
    date_field = fields.Char(help="Technical name of the date the time runs from.")
    mode = fields.Selection(
        [("anonymise", "Anonymise"), ("destroy", "Destroy")], required=True, default="destroy"
    )
    basis = fields.Char(string="Why this long", translate=True)

    _code_uniq = models.UniqueIndex("(code, coalesce(company_id, 0))", "This class exists already.")
    _months_sane = models.Constraint("CHECK (months >= 0)", "The time is not negative.")

    @api.constrains("model", "domain", "date_field", "start")
    def _check_technical(self):
        for row in self:
            model = self.env.get(row.model)
            if model is None:
                continue  # the room is not installed: the class waits for it
            try:
                Domain(literal_eval(row.domain)).validate(model)
            except (ValueError, SyntaxError, TypeError) as error:
                raise ValidationError(self.env._("The domain of «%s» cannot be read.", row.name)) from error
            if row.start == "record" and row.date_field not in model._fields:
                raise ValidationError(self.env._("«%s» needs a date of the record.", row.name))

    @api.model
    def _for_company(self, company):
        """Return the classes that hold for a school: its own, else the shared one of the same code."""
        rows = self.search([("company_id", "in", (False, company.id))])
        own = set(rows.filtered("company_id").mapped("code"))
        return rows.filtered(lambda row: (row.company_id or row.code not in own) and row.model in self.env)

    def _cutoff(self, company):
        """Return the day before which records of this class are due."""
        return clock.today(self.env, company) - relativedelta(months=self.months)

    def _due(self, company, cutoff=None):
        """Return (records due, number kept back by a legal hold), sudo; never records of another school."""
        self.ensure_one()
        cutoff = cutoff or self._cutoff(company)
        # named seam: what is due is counted and listed by ids, whoever may see it
        Model = self.env[self.model].sudo().with_context(active_test=False)
        path = self.env["psych.gate"]._student_path(Model)
        domain = Domain(literal_eval(self.domain)) & self._company_domain(Model, path, company)
        if self.start == "leaving":
            domain &= Domain(f"{path}.left_on", "<", cutoff) if path else Domain.FALSE
        else:
            domain &= Domain(self.date_field, "<", cutoff)
        records = Model.search(domain)
        held = self.env["psych.legal.hold"]._held_student_ids(company) if path else []
        kept = records.filtered_domain([(path, "in", held)]) if held else records.browse()
        return records - kept, len(kept)

    @api.model
    def _company_domain(self, Model, path, company):
        if "company_id" in Model._fields:
            return Domain("company_id", "=", company.id)
        return Domain(f"{path}.company_id", "=", company.id) if path else Domain.FALSE

    @api.model
    def _sync_hooks(self):
        """Add the classes that other rooms and upper addons state; what the school changed stays."""
        for vals in self.env["psych.hooks"]._retention_classes():
            if not self.with_context(active_test=False).search_count([("code", "=", vals["code"])], limit=1):
                self.create(
                    {"months": 120, "start": "record", **vals, "domain": str(vals.get("domain") or [])}
                )

    @api.model
    def _cron_list_due(self):
        """List what is due in every school; nothing is destroyed here."""
        self._sync_hooks()
        for company in self.env["res.company"].search([("psych_unit_id", "!=", False)]):
            for row in self._for_company(company):
                self.env["psych.destruction.record"]._list(row, company)
