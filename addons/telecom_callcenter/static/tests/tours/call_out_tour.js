import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/**
 * A supervisor puts a script together and tries it out.
 */
registry.category("web_tour.tours").add("telecom_callcenter_script_builder", {
    url: "/odoo/call-scripts",
    steps: () => [
        { trigger: ".o_list_view tr:contains(Renewal) button[name=action_build]", run: "click" },
        { trigger: hook("page-name"), run: "edit Opening" },
        { trigger: hook("add-say"), run: "click" },
        {
            trigger: hook("block-text"),
            run: "edit Good day {first_name}, this is {agent}.",
        },
        { trigger: hook("add-choice"), run: "click" },
        { trigger: hook("block-text"), run: "edit Which do you prefer?" },
        { trigger: hook("choice-name") + ":eq(0)", run: "edit Fibre" },
        { trigger: hook("choice-name") + ":eq(1)", run: "edit Nothing" },
        { trigger: hook("choice-goto") + ":eq(1)", run: "select end" },
        { trigger: hook("add-page"), run: "click" },
        { trigger: hook("builder-page", "[aria-current='page']:contains(2)") },
        { trigger: hook("page-name"), run: "edit Address" },
        { trigger: hook("add-char"), run: "click" },
        { trigger: hook("block-text"), run: "edit Your e-mail address?" },
        { trigger: hook("block-target"), run: "select contact.email" },
        {
            content: "An answer dragged above another block",
            trigger: hook("add-hint") + " .o_telecom_builder_handle",
            run: `drag_and_drop ${hook("builder-block")}`,
        },
        { trigger: hook("block-text"), run: "edit Spell it." },
        { trigger: hook("try-out"), run: "click" },
        { trigger: ".modal .o_telecom_script_say:contains(Good day Afi)" },
        { trigger: `.modal ${hook("answer-choice")}:contains(Fibre)`, run: "click" },
        { trigger: `.modal ${hook("script-next")}:contains(Address)`, run: "click" },
        { trigger: ".modal .o_telecom_script_hint:contains(Spell it)" },
        { trigger: hook("try-out-close"), run: "click" },
        { trigger: "body:not(:has(.modal)) " + hook("builder-save", ":enabled"), run: "click" },
        { trigger: hook("script-builder", "[data-dirty='0']") },
    ],
});

/**
 * An agent of a preview campaign: record and script, dial, ask, close, and the next.
 * The server plays the telephone: see test_call_out_tour.py.
 */
registry.category("web_tour.tours").add("telecom_callcenter_call_out", {
    url: "/odoo/agent-desk",
    steps: () => [
        { trigger: hook("next-contact", ":enabled"), run: "click" },
        { trigger: hook("contact-name") + ":contains(Afi)" },
        {
            content: "The script is read before the call",
            trigger: hook("contact") + " .o_telecom_script_say:contains(Good day Afi)",
        },
        { trigger: hook("dial-contact", ":enabled"), run: "click" },
        { trigger: hook("bar", "[data-activity='talking']") },
        { trigger: hook("answer-choice", ":enabled:contains(Fibre)"), run: "click" },
        { trigger: hook("script-next") + ":contains(Address)", run: "click" },
        { trigger: hook("answer-text"), run: "edit afi@example.com" },
        {
            content: "The record is one click away",
            trigger: hook("view-card"),
            run: "click",
        },
        { trigger: hook("card-name") + ":contains(Afi)" },
        { trigger: hook("view-script"), run: "click" },
        { trigger: hook("script-page") + ":contains(Address)" },
        { trigger: hook("script-hangup"), run: "click" },
        { trigger: hook("wrapup", "[data-state='open']") },
        {
            trigger: hook("qualification") + " .o_telecom_leaf:contains(Renewal)",
            run: "click",
        },
        {
            content: "One key for the status",
            trigger: hook("qualification") + " " + hook("chosen"),
            run: "press s",
        },
        { trigger: hook("disposition") + " " + hook("chosen") + ":contains(Sold)" },
        { trigger: hook("finish", ":enabled"), run: "click" },
        {
            content: "The next record comes without a click",
            trigger: hook("contact-name") + ":contains(Koffi)",
        },
        { trigger: hook("skip-contact"), run: "click" },
        { trigger: hook("skip-unsuitable"), run: "click" },
        {
            content: "Nobody is left",
            trigger: hook("nobody-due"),
        },
    ],
});

/** What the keyboard does, wherever the focus is. */
const press = (keys) => `press ${keys}`;

/**
 * An agent of a manual campaign, without the mouse: she looks for somebody in her list,
 * dials, closes the call with keys, and is back in the list.
 */
registry.category("web_tour.tours").add("telecom_callcenter_call_manual", {
    url: "/odoo/agent-desk",
    steps: () => [
        { trigger: hook("contact-list", "[data-loaded='1']") + " " + hook("list-row") },
        {
            content: "The callback she promised stands on top",
            trigger: hook("list-row") + ":eq(0).o_telecom_list_promise:contains(Koffi)",
        },
        { trigger: hook("list-search"), run: "edit af" },
        {
            trigger: hook("contact-list", "[data-loaded='1']") + ":not(:contains(Koffi))",
        },
        { trigger: hook("list-search"), run: press("Shift+Enter") },
        { trigger: hook("contact-name") + ":contains(Afi)" },
        { trigger: hook("dial-contact", ":enabled"), run: press("alt+shift+d") },
        { trigger: hook("bar", "[data-activity='talking']") },
        { trigger: hook("script-page"), run: press("alt+shift+e") },
        { trigger: hook("wrapup", "[data-state='open']") },
        {
            trigger: hook("qualification") + " .o_telecom_leaf:contains(Renewal)",
            run: press("r"),
        },
        {
            trigger: hook("disposition") + " " + hook("chosen") + ":contains(Refused)",
        },
        {
            trigger: hook("qualification") + " .o_telecom_leaf:contains(Renewal)",
            run: "click",
        },
        {
            trigger: hook("qualification") + " " + hook("chosen"),
            run: press("control+Enter"),
        },
        {
            content: "Back in the list, ready to look for the next one",
            trigger: hook("list-search"),
            run: "clear",
        },
        {
            trigger: hook("contact-list", "[data-loaded='1']") + ":not(:contains(Afi))",
        },
        {
            content: "One click dials",
            trigger: hook("list-row") + ":contains(Koffi) " + hook("list-dial"),
            run: "click",
        },
        { trigger: hook("bar", "[data-activity='talking']") },
        { trigger: hook("script-panel") },
    ],
});

/**
 * An agent of a progressive campaign: the record and its script come with the call, the
 * status has its key, and the next call may come.
 */
registry.category("web_tour.tours").add("telecom_callcenter_call_progressive", {
    url: "/odoo/agent-desk",
    steps: () => [
        { trigger: hook("bar", "[data-activity='talking']") },
        { trigger: hook("script-panel") + " .o_telecom_script_say:contains(Good day Afi)" },
        { trigger: hook("view-card"), run: "click" },
        { trigger: hook("card-name") + ":contains(Afi)" },
        { trigger: hook("view-script"), run: "click" },
        { trigger: hook("script-hangup"), run: "click" },
        { trigger: hook("wrapup", "[data-state='open']") },
        {
            content: "Nothing goes on without status and reason",
            trigger: hook("finish"),
            run: "click",
        },
        { trigger: hook("missing") + ".text-danger" },
        {
            trigger: hook("qualification") + " .o_telecom_leaf:contains(Renewal)",
            run: "click",
        },
        {
            trigger: hook("qualification") + " " + hook("chosen"),
            run: press("s"),
        },
        {
            trigger: hook("disposition") + " " + hook("chosen") + ":contains(Sold)",
            run: press("control+Enter"),
        },
        { trigger: hook("idle") },
        { trigger: hook("bar", "[data-activity='idle']") },
    ],
});
