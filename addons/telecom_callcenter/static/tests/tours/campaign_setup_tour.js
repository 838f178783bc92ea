import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const CONTENT = "Nom;Tél.;Solde\nAfi Dossou;97000001;12500\nKoffi;12;7\n";

/**
 * A supervisor makes an outbound campaign: from a file through the checklist, a point of
 * which is changed on the way, to a campaign that is live.
 */
registry.category("web_tour.tours").add("telecom_callcenter_campaign_setup", {
    steps: () => [
        {
            content: "Name it",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Relance de novembre",
        },
        {
            content: "For which operator",
            trigger: ".modal .o_field_widget[name=company_id] input",
            run: "edit Bénin Mobile",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Bénin Mobile)",
            run: "click",
        },
        {
            content: "A number of the operator's own is proposed",
            trigger: ".modal .o_field_widget[name=presented_did_ids] .o_tag:contains(0121000001)",
        },
        {
            content: "The file",
            trigger: ".modal .o_field_widget[name=file] input.o_input_file:not(:visible)",
            async run() {
                await inputFiles(".modal .o_field_widget[name=file] input.o_input_file", [
                    new File([CONTENT], "numeros.csv", { type: "text/csv" }),
                ]);
            },
        },
        { trigger: ".modal .o_field_widget[name=file] input:value(numeros.csv)" },
        {
            content: "Who calls",
            trigger: ".modal .o_field_widget[name=agent_ids] input",
            run: "edit cc.agent",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(cc.agent)",
            run: "click",
        },
        { trigger: ".modal button[name=action_create]", run: "click" },
        {
            content: "What the columns mean was found out",
            trigger: ".o_field_widget[name=column_ids] .o_data_row:contains(Solde)",
        },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: "button[name=action_view_campaign]", run: "click" },
        {
            content: "The numbers are there",
            trigger: "[data-telecom=checklist] [data-key=files][data-done='1']",
        },
        {
            content: "Hours can be changed from the list",
            trigger: "[data-telecom=checklist] [data-key=hours] button",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=keep_public_holidays] input:checked",
            run: "click",
        },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        {
            content: "Live",
            trigger: "body:not(:has(.modal)) button[name=action_go_live]",
            run: "click",
        },
        { trigger: "button[name=action_stop]" },
    ],
});
