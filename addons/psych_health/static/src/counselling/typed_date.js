/* Core empties a typed date while the server still answers to it (onchange); here the box shows what the record holds. */
import { useEffect } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { DateTimeField } from "@web/views/fields/datetime/datetime_field";

patch(DateTimeField.prototype, {
    setup() {
        super.setup();
        useEffect(
            () => {
                if (!this.picker.activeInput) {
                    this.state.value = this.getRecordValue();
                }
            },
            () => [JSON.stringify(this.getRecordValue())]
        );
    },
});
