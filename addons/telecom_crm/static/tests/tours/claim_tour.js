import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/**
 * A clerk types a claim, takes over what helped before, and closes it.
 */
registry.category("web_tour.tours").add("telecom_crm_claim", {
    url: "/odoo/telecom-claims/new",
    steps: () => [
        { trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input" },
        {
            content: "The subject finds what helped before",
            trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: "edit Connexion coupée",
        },
        { trigger: hook("similar-claims") + ":contains(Redémarrer la box)" },
        { trigger: ".o_field_widget[name=partner_id] input", run: "edit Afi" },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Afi Dossou)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=description] .odoo-editor-editable",
            run: "editor Depuis ce matin",
        },
        { trigger: hook("similar-reuse"), run: "click" },
        { trigger: hook("similar-claims", " .badge") },
        ...stepUtils.saveForm(),
        { trigger: "button[name=action_telecom_take]", run: "click" },
        {
            content: "In hand: now it can be treated",
            trigger: "button.btn-primary[name=action_telecom_close]",
            run: "click",
        },
        {
            content: "The solution and its text stand there already",
            trigger: ".modal .o_field_widget[name=note] textarea:value(Débrancher)",
        },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: "button[name=action_telecom_reopen]" },
    ],
});
