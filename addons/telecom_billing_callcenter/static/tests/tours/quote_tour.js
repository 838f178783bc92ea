import { registry } from "@web/core/registry";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/** An agent writes down, during a call, what the caller wants to have quoted and sent. */
registry.category("web_tour.tours").add("telecom_billing_callcenter_quote", {
    url: "/odoo/agent-desk",
    steps: () => [
        { trigger: hook("new-quote-request"), run: "click" },
        {
            trigger: ".modal .o_field_widget[name=description] textarea",
            run: "edit Vingt lignes pour une école",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        {
            trigger: "body:not(:has(.modal)) " + hook("new-invoice-request"),
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit La facture d'octobre",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) " + hook("card") },
    ],
});
