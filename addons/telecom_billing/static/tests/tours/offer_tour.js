import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// A product manager makes an offer with a monthly price, for everybody
tours.add("telecom_billing_offer", {
    steps: () => [
        {
            content: "the catalogue is there",
            trigger: ".o_kanban_view",
        },
        {
            content: "make a new offer",
            trigger: ".o-kanban-button-new",
            run: "click",
        },
        {
            content: "name it",
            trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: "edit Forfait Visite",
        },
        {
            content: "say what it costs",
            trigger: ".o_field_widget[name=telecom_price_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "every month so much",
            trigger: ".o_field_widget[name=telecom_price_ids] .o_selected_row [name=amount] input",
            run: "edit 4321",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "it costs that from today on, and the chart shows it",
            trigger: ".o_field_widget[name=telecom_price_monthly]:contains(4,321)",
        },
        {
            trigger: ".o_telecom_prices svg circle",
        },
    ],
});

// A clerk sees what suits a customer, and why the rest does not; takes it with one click
tours.add("telecom_billing_propose", {
    steps: () => [
        {
            content: "the customer's file",
            trigger: ".o_form_view .o_field_widget[name=telecom_last_name]",
        },
        {
            content: "the buttons may be behind “More”",
            trigger: ".o-form-buttonbox",
            run: ({ queryFirst }) => {
                const more = queryFirst(".o-form-buttonbox .o_button_more");
                if (more) {
                    more.click();
                }
            },
        },
        {
            content: "which offers suit",
            trigger: "button[name=action_telecom_propose]",
            run: "click",
        },
        {
            content: "the new offer is among them",
            trigger: ".o_kanban_record:contains(Forfait Visite)",
        },
        {
            content: "the one for others is not",
            trigger: ".o_kanban_view:not(:has(.o_kanban_record:contains(Forfait Or)))",
        },
        {
            content: "see the others too",
            trigger: ".o_searchview_facet .o_facet_remove",
            run: "click",
        },
        {
            content: "with the reason",
            trigger: ".o_kanban_record:contains(Forfait Or) [role=status]:contains(VIP)",
        },
        {
            content: "take the new offer",
            trigger:
                ".o_kanban_record:contains(Forfait Visite) button[name=action_telecom_propose]",
            run: "click",
        },
        {
            content: "it is on a quotation, with what it costs every month",
            trigger: ".o_field_widget[name=order_line]:contains(Forfait Visite)",
        },
        {
            trigger: ".o_field_widget[name=telecom_recurring_total]:contains(4,321)",
        },
    ],
});
