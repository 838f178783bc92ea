import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/**
 * An agent with a desk phone takes a call from somebody unknown, creates the customer,
 * and closes the call. The server plays the telephone: see test_desk_tour.py.
 */
registry.category("web_tour.tours").add("telecom_callcenter_desk", {
    url: "/odoo/agent-desk",
    steps: () => [
        {
            content: "The desk comes back with the call that rings",
            trigger: hook("bar", "[data-activity='ringing']"),
        },
        {
            content: "Nobody has this number",
            trigger: hook("card", "[data-match='']") + ":contains(01 97 12 34 56)",
        },
        { trigger: hook("answer"), run: "click" },
        { trigger: hook("bar", "[data-activity='talking']") },
        { trigger: hook("new-customer"), run: "click" },
        {
            content: "The number is filled in",
            trigger: hook("new-partner") + " [name=phone]:value(01 97 12 34 56)",
        },
        { trigger: hook("new-partner") + " [name=first_name]", run: "edit Afi" },
        { trigger: hook("new-partner") + " [name=last_name]", run: "edit Dossou" },
        { trigger: hook("create", ":enabled"), run: "click" },
        { trigger: hook("card-name") + ":contains(Afi Dossou)" },
        { trigger: hook("notes"), run: "edit Wants a copy of the invoice" },
        { trigger: hook("hangup"), run: "click" },
        { trigger: hook("wrapup", "[data-state='open']") },
        {
            content: "The next call does not come before the choices are made",
            trigger: hook("finish", ":enabled"),
            run: "click",
        },
        { trigger: hook("missing", ".text-danger") },
        {
            trigger: hook("qualification") + " .o_telecom_leaf:contains(Invoice)",
            run: "click",
        },
        { trigger: hook("qualification") + " " + hook("chosen") },
        {
            trigger: hook("disposition") + " .o_telecom_leaf:contains(Solved)",
            run: "click",
        },
        { trigger: hook("disposition") + " " + hook("chosen") },
        { trigger: hook("finish", ":enabled"), run: "click" },
        {
            content: "Free for the next call",
            trigger: hook("bar", "[data-presence='ready'][data-activity='idle']"),
        },
        { trigger: hook("idle") },
        { trigger: hook("last-calls") + ":contains(+2290197123456)" },
    ],
});

/** The bar stays on every screen; the card of a past call opens from its record. */
registry.category("web_tour.tours").add("telecom_callcenter_bar", {
    url: "/odoo/agent-desk",
    steps: () => [
        { trigger: hook("presence"), run: "click" },
        { trigger: hook("presence-pause") + ":contains(Lunch)", run: "click" },
        { trigger: hook("bar", "[data-presence='not_ready']") },
        { trigger: hook("presence") + ":contains(Lunch)" },
        { trigger: hook("last-calls") + " .o_telecom_row:contains(Afi)", run: "click" },
        {
            content: "The card of the past call",
            trigger: ".o_telecom_call_card " + hook("card-name") + ":contains(Afi Dossou)",
        },
        {
            content: "The bar is still there, and leads back to the desk",
            trigger: hook("caller"),
            run: "click",
        },
        { trigger: hook("desk") },
        { trigger: hook("presence"), run: "click" },
        { trigger: hook("presence-offline"), run: "click" },
        { trigger: hook("bar", "[data-presence='offline']") },
    ],
});

/** Other users have no bar. */
registry.category("web_tour.tours").add("telecom_callcenter_no_bar", {
    url: "/odoo",
    steps: () => [
        { trigger: ".o_main_navbar" },
        {
            trigger: "body",
            run: () => {
                if (document.querySelector(".o_telecom_bar")) {
                    throw new Error("A user who is no agent has the agents' bar.");
                }
            },
        },
    ],
});
