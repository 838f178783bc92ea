import { registry } from "@web/core/registry";

// In French, as an operator's manager reads them
registry.category("web_tour.tours").add("telecom_billing_module_buy", {
    steps: () => [
        {
            content: "Stock is not subscribed",
            trigger:
                ".o_field_widget[name=item_ids] .o_data_row:contains(Stock) button[name=action_switch]:contains(Activer)",
            run: "click",
        },
        {
            content: "The dialog says what it costs",
            trigger: ".modal .o_field_widget[name=monthly_after]:contains(210)",
        },
        {
            trigger: ".modal footer button[name=action_confirm]:contains(Activer)",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=item_ids] .o_data_row:contains(Stock) button[name=action_switch]:contains(Désactiver)",
        },
    ],
});

registry.category("web_tour.tours").add("telecom_billing_module_revive", {
    steps: () => [
        {
            content: "The bar tells what happened",
            trigger: "[data-telecom=module-banner]:contains(lecture seule)",
        },
        {
            trigger:
                ".o_field_widget[name=item_ids] .o_data_row:contains(Stock):contains(Lecture seule)",
        },
        {
            trigger: "[data-telecom=module-banner-pay]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#o_payment_module input[name=o_payment_radio]",
            run: "click",
        },
        {
            trigger: "#o_payment_module button[name=o_payment_submit_button]:not([disabled])",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "[data-telecom=module-paid]",
        },
        {
            trigger: "a[href='/odoo/my-modules']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger:
                ".o_field_widget[name=item_ids] .o_data_row:contains(Stock) .badge:contains(Activé)",
        },
        {
            trigger: "body:not(:has([data-telecom=module-banner]))",
        },
    ],
});
