import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/**
 * A clerk changes the SIM of a line: the new one is scanned, and comes from stock; the
 * holder's document is asked for.
 */
registry.category("web_tour.tours").add("telecom_stock_sim_swap", {
    steps: () => [
        {
            trigger:
                ".o_form_view .o_statusbar_buttons button[name=action_operation]:contains(SIM)",
            run: "click",
        },
        {
            content: "The card is scanned, with the filler its label has",
            trigger: ".modal .o_field_widget[name=lot_id] input",
            run: "edit 8922901770000000021F",
        },
        {
            trigger:
                ".modal .o_field_widget[name=lot_id] .dropdown-item:contains(8922901770000000021)",
            run: "click",
        },
        {
            content: "What the supplier said of it is filled in",
            trigger: ".modal .o_field_widget[name=imsi]:contains(616030000000002)",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit SIM cassée",
        },
        {
            content: "The holder shows somebody else's card",
            trigger: ".modal .o_field_widget[name=document_number] input",
            run: "edit BJ 0000-00",
        },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: ".modal [role=alert]:contains(BJ 0000-00)" },
        {
            trigger: ".modal .o_field_widget[name=document_number] input",
            run: "edit BJ 1234-56",
        },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        {
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=iccid]:contains(8922901770000000021)",
        },
    ],
});

/** A stock manager reads a supplier's file in; a bad row comes back with its reason. */
registry.category("web_tour.tours").add("telecom_stock_serial_import", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name=boutique_id] input",
            run: "edit Ganhi Test",
        },
        {
            trigger: ".o_field_widget[name=boutique_id] .dropdown-item:contains(Ganhi Test)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=reference] input",
            run: "edit BL 4711",
        },
        {
            content: "The file is chosen",
            trigger: ".o_field_widget[name=file] input[type=file]:not(:visible)",
            run({ anchor }) {
                const transfer = new window.DataTransfer();
                transfer.items.add(
                    new File(
                        [
                            "Produit;ICCID;PUK\n" +
                                "Carte SIM 4G;8922901770000000039;12345678\n" +
                                "Carte SIM 4G;8922901770000000038;12345678\n",
                        ],
                        "livraison.csv",
                        { type: "text/csv" }
                    )
                );
                anchor.files = transfer.files;
                anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        { trigger: ".o_field_widget[name=file]:has(input:value(livraison.csv))" },
        ...stepUtils.saveForm(),
        { trigger: ".o_field_widget[name=column_ids] .o_data_row:eq(2)" },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: ".o_notebook .nav-link[name=errors]", run: "click" },
        {
            content: "One row is in, the other comes back",
            trigger: ".o_field_widget[name=error_sample_ids] .o_data_row:eq(0)",
        },
        { trigger: "button[name=action_download_errors]" },
        { trigger: "button[name=action_view_items]", run: "click" },
        {
            trigger: ".o_list_view .o_data_row:contains(8922901770000000039)",
        },
    ],
});

/** Whoever has an item in hand scans it and reads its life on one page. */
registry.category("web_tour.tours").add("telecom_stock_serial_scan", {
    steps: () => [
        {
            trigger: "[data-telecom='serial-scan'] input",
            run: "edit 490154203237519",
        },
        { trigger: "[data-telecom='serial-scan'] .btn-primary", run: "click" },
        {
            content: "A mistyped number says which digit it would be",
            trigger: "[data-telecom='serial-scan'] .alert:contains(8)",
        },
        {
            trigger: "[data-telecom='serial-scan'] input",
            run: "edit 8922901770000000021F",
        },
        { trigger: "[data-telecom='serial-scan'] input", run: "press Enter" },
        {
            trigger: ".o_form_view .o_field_widget[name=telecom_event_ids] .o_data_row",
        },
        { trigger: "button[name=action_telecom_block]", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Vitrine forcée",
        },
        { trigger: ".modal button[name=action_apply]", run: "click" },
        { trigger: ".o_form_view .alert-danger:contains(Vitrine forcée)" },
    ],
});
