import { patch } from "@web/core/utils/patch";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";
import { RelationalModel } from "@web/model/relational_model/relational_model";

/**
 * Nothing of our records stays in the browser (odoo-traps 32): the web client keeps first loads on
 * disk and paints them before it asks the server, so old text would show after the right to it has
 * ended, and without a row on the reading log.
 */
patch(RelationalModel.prototype, {
    _getCacheParams(config) {
        if (config.resModel?.startsWith("psych.") || config.resModel?.startsWith("test_psych.")) {
            return undefined;
        }
        return super._getCacheParams(...arguments);
    },
});

/** `js_class="psych_form"` and the like say the same in the view itself. */
const withoutCache = (view) => ({
    ...view,
    Model: class extends view.Model {
        static withCache = false;
    },
});

registry.category("views").add("psych_form", withoutCache(formView));
registry.category("views").add("psych_list", withoutCache(listView));
registry.category("views").add("psych_kanban", withoutCache(kanbanView));
