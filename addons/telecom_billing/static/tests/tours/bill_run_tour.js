import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");
const current = (state) => `.o_statusbar_status .o_arrow_button_current[data-value=${state}]`;

/** A billing clerk looks at what a cycle would bring, and has it invoiced. */
tours.add("telecom_billing_bill_run", {
    steps: () => [
        { trigger: ".o_list_view .o_list_button_add", run: "click" },
        { trigger: ".o_form_view .alert[role=status]" },
        {
            content: "the last period that is over is proposed",
            trigger: ".o_field_widget[name=invoice_date]",
        },
        ...stepUtils.saveForm(),
        { trigger: "button[name=action_prepare].btn-primary", run: "click" },
        { trigger: current("preview") },
        {
            content: "the total, and what it was the month before",
            trigger: ".o_field_widget[name=amount]:contains(21):contains(500)",
        },
        { trigger: ".o_field_widget[name=previous_amount]:contains(18):contains(000)" },
        {
            content: "what stands out comes first",
            trigger:
                ".o_field_widget[name=account_ids] .o_data_row:first:contains(Client 0) [name=anomaly] .badge",
        },
        {
            content: "the chart of the months",
            trigger: ".o_field_widget[name=chart] canvas",
        },
        {
            trigger: "button[name=action_view_accounts]:has([name=anomaly_count])",
            run: "click",
        },
        {
            content: "only that one",
            trigger: ".o_list_view:not(:has(.o_data_row:eq(1))) .o_data_row:contains(Client 0)",
        },
        { trigger: ".o_breadcrumb .o_back_button a, .o_breadcrumb a.o_back_button", run: "click" },
        { trigger: "button[name=action_invoice]", run: "click" },
        {
            content: "a last question: invoices stay",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        { trigger: current("done") },
        {
            content: "six invoices",
            trigger: "button[name=action_view_moves] .o_stat_value:contains(6)",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row:eq(5)" },
    ],
});

/** A run that the scheduler works on: its progress shows. */
tours.add("telecom_billing_bill_run_progress", {
    steps: () => [
        { trigger: current("invoicing") },
        { trigger: ".o_field_widget[name=progress]:contains(50)" },
        { trigger: ".o_field_widget[name=pending_count]:contains(3)" },
    ],
});
