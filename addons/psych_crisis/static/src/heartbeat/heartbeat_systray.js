import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Shows on every staff screen how many urgent students nobody has seen, and whether the ladder still beats. */
export class PsychHeartbeat extends Component {
    static template = "psych_crisis.Heartbeat";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ shown: false, unseen: 0, silent: false, gap: false });
        onWillStart(() => this.load());
        this.timer = setInterval(() => this.load(), 60000);
        onWillUnmount(() => clearInterval(this.timer));
    }

    async load() {
        try {
            Object.assign(this.state, await this.orm.silent.call("psych.crisis.signal", "get_alarm", []));
        } catch {
            this.state.shown = false;
        }
    }

    open() {
        this.action.doAction("psych_crisis.psych_crisis_signal_action");
    }
}

registry.category("systray").add("psych_crisis.heartbeat", { Component: PsychHeartbeat }, { sequence: 5 });
