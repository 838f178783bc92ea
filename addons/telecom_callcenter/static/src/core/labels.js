import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** @param {string} key of statusOf() */
export function statusLabel(key) {
    switch (key) {
        case "ready":
            return _t("Ready");
        case "not_ready":
            return _t("Not ready");
        case "pause_requested":
            return _t("Pause after this call");
        case "ringing":
            return _t("Incoming call");
        case "manual":
            return _t("Dialling");
        case "talking":
            return _t("On a call");
        case "hold":
            return _t("On hold");
        case "consulting":
            return _t("Consulting");
        case "wrapup":
            return _t("Wrap-up");
        case "chat":
            return _t("In a chat");
        default:
            return _t("Logged off");
    }
}

export function technologyLabel(technology) {
    switch (technology) {
        case "mobile":
            return _t("Mobile");
        case "fixed":
            return _t("Fixed line");
        case "adsl":
            return _t("ADSL");
        case "fibre":
            return _t("Fibre");
        case "key4g":
            return _t("4G key");
        default:
            return technology;
    }
}

const TECHNOLOGY_ICONS = {
    mobile: "fa-mobile",
    fixed: "fa-phone",
    adsl: "fa-wifi",
    fibre: "fa-bolt",
    key4g: "fa-usb",
};

export function technologyIcon(technology) {
    return TECHNOLOGY_ICONS[technology] || "fa-circle-o";
}

export function lineStateLabel(state) {
    switch (state) {
        case "active":
            return _t("Active");
        case "suspended":
            return _t("Suspended");
        case "terminated":
            return _t("Terminated");
        case "available":
            return _t("Available");
        case "reserved":
            return _t("Reserved");
        case "barred":
            return _t("Barred (identity)");
        default:
            return state;
    }
}

export function branchLabel(branch) {
    switch (branch) {
        case "technical":
            return _t("Technical");
        case "financial":
            return _t("Financial");
        case "relational":
            return _t("Relational");
        default:
            return branch || "";
    }
}

/** How a past call ended, when nobody qualified it. */
export function outcomeLabel(outcome) {
    switch (outcome) {
        case "answered":
            return _t("Answered");
        case "abandoned":
            return _t("Caller hung up");
        case "timeout":
            return _t("Waited too long");
        case "full":
            return _t("No agent");
        case "closed":
            return _t("Closed");
        case "unavailable":
            return _t("Unavailable");
        case "interrupted":
            return _t("Interrupted");
        case "busy":
            return _t("Busy");
        case "no_answer":
            return _t("No answer");
        case "failed":
            return _t("Failed");
        default:
            return outcome || "";
    }
}

export function directionLabel(direction) {
    switch (direction) {
        case "outbound":
            return _t("Outbound call");
        case "internal":
            return _t("Internal call");
        default:
            return _t("Inbound call");
    }
}

/**
 * A moment in the agent's own time zone and language: "today 14:05", "12 Nov. 14:05".
 *
 * @param {number} seconds epoch
 * @param {boolean} [short] leave today unsaid
 */
export function formatMoment(seconds, short = false) {
    if (!seconds) {
        return "";
    }
    const at = DateTime.fromSeconds(seconds);
    const time = at.toLocaleString(DateTime.TIME_SIMPLE);
    if (at.hasSame(DateTime.now(), "day")) {
        return short ? time : _t("today %s", time);
    }
    if (at.hasSame(DateTime.now().minus({ days: 1 }), "day")) {
        return _t("yesterday %s", time);
    }
    const sameYear = at.hasSame(DateTime.now(), "year");
    const day = at.toLocaleString({
        day: "numeric",
        month: "short",
        ...(sameYear ? {} : { year: "numeric" }),
    });
    return `${day} ${time}`;
}

/** "3 days" of a claim's age. */
export function ageLabel(days) {
    if (!days) {
        return _t("today");
    }
    return days === 1 ? _t("1 day") : _t("%s days", days);
}

/** The shortcut of an action, as people read it. */
export const HOTKEYS = {
    answer: "alt+shift+enter",
    hangup: "alt+shift+e",
    hold: "alt+shift+h",
    mute: "alt+shift+s",
    transfer: "alt+shift+f",
    keypad: "alt+shift+c",
    ready: "alt+shift+r",
    pause: "alt+shift+p",
    notes: "alt+shift+w",
    desk: "alt+shift+b",
    finish: "control+enter",
    next: "alt+shift+n",
    dial: "alt+shift+d",
    list: "alt+shift+l",
    skip: "alt+shift+k",
    scriptNext: "alt+shift+arrowright",
    scriptBack: "alt+shift+arrowleft",
};

/** Why an agent does not call a contact who is shown. */
export function skipReasons() {
    return [
        { name: "later", label: _t("Not now: show again in an hour") },
        { name: "unsuitable", label: _t("Not for this campaign") },
        { name: "duplicate", label: _t("Contacted already") },
        { name: "other", label: _t("Other reason: show again in an hour") },
    ];
}

export function hotkeyLabel(name) {
    const names = {
        alt: "Alt",
        shift: _t("Shift"),
        control: _t("Ctrl"),
        arrowright: "→",
        arrowleft: "←",
        enter: _t("Enter"),
    };
    return HOTKEYS[name]
        .split("+")
        .map((key) => names[key] || key.toUpperCase())
        .join("+");
}

/** A tooltip: what the button does, and its shortcut. */
export function withHotkey(label, name) {
    return `${label} (${hotkeyLabel(name)})`;
}

/** Why the PBX did not do what the agent asked for; the gateway speaks English. */
export function commandError(error) {
    switch (error) {
        case "Finish the present call first.":
            return _t("Finish the present call first.");
        case "Your telephone is not connected.":
            return _t("Your telephone is not connected.");
        case "This is no number that can be dialled.":
            return _t("This is no number that can be dialled.");
        case "This is your own number.":
            return _t("This is your own number.");
        case "There is no consultation.":
            return _t("There is no consultation.");
        case "There is no such call any more.":
        case "Nobody is on the line.":
            return _t("Nobody is on the line any more.");
        default:
            return _t("The telephone exchange did not do it: %s", error);
    }
}

/** What is known of several things, on one line. */
export function joined(...parts) {
    return parts.filter(Boolean).join(" · ");
}
