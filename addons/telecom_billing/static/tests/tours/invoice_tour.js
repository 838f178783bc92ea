import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// A clerk merges two drafts of a customer, after a look at what comes of it, and takes
// them apart again
tours.add("telecom_billing_merge_invoices", {
    steps: () => [
        {
            content: "both drafts are in the list",
            trigger: ".o_list_view .o_data_row:eq(1)",
        },
        {
            content: "choose them all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "open the actions",
            trigger: ".o_cp_action_menus button:contains(Actions)",
            run: "click",
        },
        {
            content: "merge",
            trigger: ".o-dropdown--menu .o_menu_item:contains(Merge invoices)",
            run: "click",
        },
        {
            content: "the preview shows both lines and one total",
            trigger: ".modal table:contains(Clé 4G):contains(Mobile):contains(Before tax)",
        },
        {
            content: "agree",
            trigger: ".modal footer button[name=action_merge]",
            run: "click",
        },
        {
            content: "the merged draft has both lines",
            trigger: ".o_form_view:has([name=invoice_line_ids]:contains(Clé 4G):contains(Mobile))",
        },
        {
            content: "undo it",
            trigger: "button[name=action_telecom_unmerge]",
            run: "click",
        },
        {
            content: "what comes back is shown",
            trigger: ".modal [name=source_ids] .o_data_row:eq(1)",
        },
        {
            content: "take it apart",
            trigger: ".modal footer button[name=action_undo]",
            run: "click",
        },
        {
            content: "two drafts again",
            trigger: ".o_list_view:not(:has(.o_data_row:eq(2))) .o_data_row:eq(1)",
        },
    ],
});

// A customer finds the merged invoice on the portal and pays it
tours.add("telecom_billing_pay_invoice", {
    steps: () => [
        {
            content: "the invoice is to be paid",
            trigger: "tr:contains(Waiting for Payment) a[title='Pay Now']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the dialog names the amount",
            trigger: ".modal.show:contains(11 800), .modal.show:contains(11,800)",
        },
        {
            content: "type a card of the demonstration",
            trigger: ".modal.show input[name=customer_input]",
            run: "edit 4242",
        },
        {
            content: "pay",
            trigger: ".modal.show button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is paid",
            trigger: "[name=invoice_paid_badge]",
        },
        {
            content: "the receipt is there",
            trigger: "[data-telecom=receipt]",
        },
    ],
});
