import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { WebClient } from "@web/webclient/webclient";

// A thin line above everything says that the school is invented; nothing but the flag of the session decides.
patch(WebClient.prototype, {
    get psychIsDemo() {
        return session.psych_is_demo;
    },
});
