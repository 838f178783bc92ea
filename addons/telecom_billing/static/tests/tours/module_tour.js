import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const row = (name, rest = "") =>
    `.o_field_widget[name=item_ids] .o_data_row:contains(${name})${rest}`;
const BANNER = "[data-telecom=module-banner]";

// In French, as an operator's manager reads them

/** A manager buys Billing; Offers, which it needs, comes along. */
tours.add("telecom_billing_module_buy", {
    steps: () => [
        {
            content: "Billing is not subscribed",
            trigger: row("Facturation", " button[name=action_switch]:contains(Activer)"),
            run: "click",
        },
        {
            content: "the dialog says what comes along",
            trigger: ".modal .o_field_widget[name=other_ids]:contains(Offres)",
        },
        {
            content: "what a month costs: 45,000 now, 175,000 then",
            trigger:
                ".modal:has([name=monthly_before]:contains(45)):has([name=monthly_after]:contains(175))",
        },
        {
            trigger: ".modal footer button[name=action_confirm]:contains(Activer)",
            run: "click",
        },
        {
            content: "it is on",
            trigger: row("Facturation", ":has(.badge:contains(Activé))"),
        },
        {
            trigger: row("Facturation", " button[name=action_switch]:contains(Désactiver)"),
        },
        { trigger: row("Offres", ":has(.badge:contains(Activé))") },
    ],
});

/** The invoice is overdue: everything works, and the bar says so. */
tours.add("telecom_billing_module_late", {
    steps: () => [
        { trigger: `${BANNER}:contains(retard)` },
        { trigger: `${BANNER} [data-telecom=module-banner-pay]` },
        { trigger: row("Facturation", ":has(.badge:contains(Activé))") },
        { trigger: ".o_notebook a[name=invoices]", run: "click" },
        {
            content: "the invoice of March is to be paid",
            trigger:
                ".o_field_widget[name=invoice_ids] .o_data_row:contains(À payer) button[name=action_pay]",
        },
    ],
});

/** Restricted: accounts are read, and not changed. */
tours.add("telecom_billing_module_readonly", {
    steps: () => [
        { trigger: `${BANNER}:contains(lecture seule)` },
        {
            content: "what was there is read",
            trigger: ".o_data_row:contains(Dossou) td[name=number]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=email] input",
            run: "edit nouveau@example.com",
        },
        { trigger: ".o_form_button_save", run: "click" },
        {
            content: "nothing is changed, and the reason is said",
            trigger: ".modal:contains(lecture seule) footer button:first",
            run: "click",
        },
        { trigger: ".o_form_button_cancel", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view" },
    ],
});

/** Suspended: only My Modules is left, and the way to pay. */
tours.add("telecom_billing_module_suspended", {
    steps: () => [
        { trigger: `${BANNER}:contains(suspendu)` },
        { trigger: row("Facturation", ":has(.badge:contains(Désactivé))") },
        { trigger: row("Réclamations", ":has(.badge:contains(Désactivé))") },
        { trigger: `${BANNER} [data-telecom=module-banner-pay]` },
    ],
});

/** Whoever has the link pays, without an account. */
tours.add("telecom_billing_module_pay", {
    steps: () => [
        { trigger: "h1:contains(Facture)" },
        {
            content: "a card of the demonstration",
            trigger: "#o_payment_module input[name=customer_input]",
            run: "edit 4242",
        },
        {
            trigger: "#o_payment_module button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "[data-telecom=module-paid]" },
    ],
});

/** It works again, and nothing is said any more. */
tours.add("telecom_billing_module_revived", {
    steps: () => [
        { trigger: row("Facturation", ":has(.badge:contains(Activé))") },
        { trigger: row("Réclamations", ":has(.badge:contains(Activé))") },
        { trigger: `body:not(:has(${BANNER}))` },
        { trigger: ".o_notebook a[name=history]", run: "click" },
        {
            content: "the history tells it",
            trigger: ".o_field_widget[name=event_ids] .o_data_row:contains(Suspendu)",
        },
    ],
});

/** The platform sees who does not pay, and what it is owed. */
tours.add("telecom_billing_module_platform", {
    steps: () => [
        {
            content: "who is suspended, and how much is due",
            trigger: ".o_data_row:contains(Bénin Test):contains(Suspendu) td[name=company_id]",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=amount_due]:contains(137)" },
        { trigger: ".o_notebook a[name=invoices]", run: "click" },
        {
            trigger:
                ".o_field_widget[name=invoice_ids] .o_data_row:contains(À payer) td[name=name]",
        },
    ],
});
