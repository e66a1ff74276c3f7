import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { session } from "@web/session";

/** Says on every page of the back office that the second factor is relaxed (demo). */
export class RelaxedBanner extends Component {
    static template = xml`<div t-if="relaxed" class="o_psych_relaxed text-center small" role="status" t-out="text"/>`;
    static props = {};

    setup() {
        this.relaxed = session.psych_relaxed;
        this.text = _t("Demo: the second factor is switched off. No real students here.");
    }
}

registry.category("main_components").add("psych_health.RelaxedBanner", { Component: RelaxedBanner });
