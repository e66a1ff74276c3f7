/* Core says "Missing required fields", without Chinese and without saying which: here the fields are named. */
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { Record } from "@web/model/relational_model/record";

patch(Record.prototype, {
    _displayInvalidFieldNotification() {
        const fields = [...this._invalidFields].map((name) => this.fields[name].string).join(", ");
        return this.model.notification.add(_t("Please fill in or correct: %(fields)s", { fields }), {
            type: "danger",
        });
    },
});
