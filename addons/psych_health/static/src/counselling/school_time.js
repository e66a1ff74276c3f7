import { session } from "@web/session";

// One time zone everywhere: calendars and forms show the time of the school, not that of the browser.
if (session.psych_tz) {
    luxon.Settings.defaultZone = session.psych_tz;
}
