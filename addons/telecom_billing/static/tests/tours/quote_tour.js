import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const hook = (name, rest = "") => `[data-telecom='${name}']${rest}`;

/** A customer asks for a quotation on the portal. */
registry.category("web_tour.tours").add("telecom_billing_quote_request", {
    url: "/my",
    steps: () => [
        { trigger: "a[href='/my/quote-requests']", run: "click", expectUnloadPage: true },
        { trigger: hook("new-quote-request"), run: "click", expectUnloadPage: true },
        { trigger: "input[data-offer='Fibre 100']", run: "edit 3" },
        { trigger: "textarea[name=description]", run: "edit Pour nos trois agences" },
        {
            content: "The first free slot of a seller",
            trigger: "select[name=slot]",
            run: "selectByIndex 1",
        },
        { trigger: hook("send-quote-request"), run: "click", expectUnloadPage: true },
        { trigger: hook("quote-request-sent") },
        { trigger: hook("appointment") },
        { trigger: "td:contains(Fibre 100)" },
    ],
});

/** The clerk makes a quotation of the request and sends it. */
registry.category("web_tour.tours").add("telecom_billing_quote", {
    url: "/odoo/telecom-quote-requests",
    steps: () => [
        { trigger: ".o_data_row:contains(Fibre 100) td[name=name]", run: "click" },
        { trigger: "button[name=action_quote].btn-primary", run: "click" },
        { trigger: ".o_field_widget[name=order_line] td:contains(Fibre 100)" },
        { trigger: "#quotation_send_primary", run: "click" },
        { trigger: ".modal .o_mail_send", run: "click" },
        {
            content: "Sent, and what was sent is not edited any more",
            trigger: ".o_form_view:has(button[name=action_telecom_revise]):not(:has(.modal))",
        },
        {
            trigger:
                ".o_arrow_button_current:contains(Sent), .o_arrow_button_current:contains(Envoyé)",
        },
    ],
});

/** The clerk revises it: another price, another number. */
registry.category("web_tour.tours").add("telecom_billing_quote_revise", {
    steps: () => [
        { trigger: "button[name=action_telecom_revise]", run: "click" },
        {
            content: "Its lines can be changed again",
            trigger: ".o_field_widget[name=order_line] .o_field_x2many_list_row_add",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_data_row td[name=price_unit]",
            run: "click",
        },
        { trigger: ".o_field_widget[name=price_unit] input", run: "edit 20000" },
        ...stepUtils.saveForm(),
        { trigger: "#quotation_send_primary", run: "click" },
        { trigger: ".modal .o_mail_send", run: "click" },
        {
            trigger: "button[name=action_telecom_revisions] .o_stat_value:contains(2)",
            run: "click",
        },
        { trigger: ".o_data_row:contains(/2) td[name=display_name]", run: "click" },
        { trigger: hook("changes", " td:contains(20)") },
    ],
});

/** The customer looks at what is different, and accepts. */
registry.category("web_tour.tours").add("telecom_billing_quote_accept", {
    url: "/my/quote-requests",
    steps: () => [
        { trigger: `${hook("quote-request")} a`, run: "click", expectUnloadPage: true },
        { trigger: hook("open-quote"), run: "click", expectUnloadPage: true },
        { trigger: hook("quote-changes", " td:contains(20)") },
        { trigger: "#intro_row em:contains(/2)" },
        { trigger: "a[data-bs-target='#modalaccept']:first", run: "click" },
        {
            content: "Signed with his name",
            trigger: ".modal.show canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            trigger: ".modal.show .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".alert-success strong" },
    ],
});

/** What was ordered becomes subscriptions; one gets its line and begins. */
registry.category("web_tour.tours").add("telecom_billing_quote_subscription", {
    steps: () => [
        {
            trigger: "button[name=action_view_telecom_subscriptions] .o_stat_value:contains(3)",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row:eq(2)" },
        { trigger: ".o_data_row:first td[name=product_id]", run: "click" },
        {
            content: "without its line it does not begin",
            trigger: ".o_form_view .o_field_widget[name=line_id] input",
            run: "edit 95000081",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(95 00 00 81)",
            run: "click",
        },
        { trigger: "button[name=action_start]", run: "click" },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=active]",
        },
        { trigger: ".o_form_view button[name=action_change]" },
    ],
});

/** All lines of the account on one invoice, between cycles. */
registry.category("web_tour.tours").add("telecom_billing_bill_now", {
    steps: () => [
        { trigger: "button[name=action_bill_now]", run: "click" },
        {
            content: "one invoice for the three lines",
            trigger:
                ".o_form_view .o_field_widget[name=invoice_line_ids] .o_data_row:eq(2):contains(Fibre 100)",
        },
    ],
});

/** The customer pays it where he accepted the quotation. */
registry.category("web_tour.tours").add("telecom_billing_pay_merged", {
    steps: () => [
        {
            trigger: "a[title='Pay Now'], a[title='Payer maintenant']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".modal.show input[name=customer_input]",
            run: "edit 4242",
        },
        {
            trigger: ".modal.show button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "[name=invoice_paid_badge]" },
        { trigger: "[data-telecom=receipt]" },
    ],
});
