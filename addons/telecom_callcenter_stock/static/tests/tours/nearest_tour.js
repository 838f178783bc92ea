import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/** An unknown caller names her town; the agent sends her the nearest boutique. */
registry.category("web_tour.tours").add("telecom_callcenter_stock_nearest", {
    url: "/odoo/agent-desk",
    steps: () => [
        {
            trigger: hook("card"),
            run: "press alt+shift+o",
        },
        {
            content: "Nothing is known of the caller: the agent asks",
            trigger: hook("nearest-ask"),
        },
        {
            content: "The cursor is where the town is typed",
            trigger: hook("nearest") + " input[name=town]:focus",
            run: "edit Parakou",
        },
        {
            trigger: hook("nearest") + " select[name=when]",
            run: "select any",
        },
        {
            trigger: hook("nearest-boutique") + ":first:contains(Parakou)",
        },
        {
            trigger: hook("nearest-place") + ":contains(Parakou)",
        },
        {
            trigger: hook("nearest-boutique") + ":first " + hook("nearest-send", ":enabled"),
            async run({ anchor, press }) {
                anchor.focus();
                await press("enter");
            },
        },
        { trigger: ".o_notification:contains(Parakou):contains(01 97 12 34 56)" },
        { trigger: hook("nearest-send", "[aria-disabled=true]") },
        {
            content: "Escape closes the panel",
            trigger: hook("nearest") + " input[name=town]",
            async run({ anchor, press }) {
                anchor.focus();
                await press("Escape");
            },
        },
        { trigger: hook("nearest-open", "[aria-expanded=false]") },
    ],
});
