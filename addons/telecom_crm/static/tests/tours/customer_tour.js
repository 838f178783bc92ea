import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// A clerk finds a customer by a piece of her name without accents
tours.add("telecom_crm_find_customer", {
    steps: () => [
        {
            content: "the list of customers is there",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "type into the one box",
            trigger: ".o_searchview_input",
            run: "edit kerekou gise",
        },
        {
            content: "search customers",
            trigger:
                ".o_searchview_autocomplete .o-dropdown-item:first, .o_searchview_autocomplete .dropdown-item:first",
            run: "click",
        },
        {
            content: "only she is left",
            trigger:
                ".o_list_view:not(:has(.o_data_row:eq(1))) .o_data_row:contains(Gisèle Kérékou)",
        },
        {
            content: "open her file",
            trigger: ".o_data_row .o_data_cell[name=complete_name]",
            run: "click",
        },
        {
            content: "her number is there",
            trigger: ".o_form_view .o_data_cell:contains(01 97 12 34 56)",
        },
    ],
});

// A seller makes a customer of a prospect, and types nothing again
tours.add("telecom_crm_convert_prospect", {
    steps: () => [
        {
            content: "open the prospect",
            trigger: ".o_kanban_record:contains(Fibre au bureau)",
            run: "click",
        },
        {
            content: "make a customer",
            trigger: "button[name=action_telecom_convert]",
            run: "click",
        },
        {
            content: "the customer has his number and what was known of him",
            trigger: ".o_form_view .o_field_widget[name=telecom_customer_number]:contains(C0)",
        },
        {
            trigger: ".o_field_widget[name=telecom_last_name] input:value(Bio)",
        },
    ],
});
