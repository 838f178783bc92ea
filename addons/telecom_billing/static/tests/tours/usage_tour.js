import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const tours = registry.category("web_tour.tours");

const ROWS = [
    "id;msisdn;other;start;type;seconds;bytes;currency",
    "t1;0195010101;0195020202;2026-11-20 10:00:00;voice;61;;",
    "t2;0195010101;0195020202;2026-11-20 11:00:00;voice;6O;;",
    "t3;0195990099;0195020202;2026-11-20 12:00:00;voice;60;;",
];

// A clerk reads a file of a switch in, puts a bad row right, and sees why a call costs what
// it costs
tours.add("telecom_billing_usage_file", {
    steps: () => [
        {
            content: "a new file",
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            content: "choose it",
            trigger: "[name=file] .o_select_file_button",
            async run() {
                const file = new File([ROWS.join("\n")], "cdr.csv", { type: "text/csv" });
                await inputFiles("[name=file] .o_file_input input, [name=file] input[type=file]", [
                    file,
                ]);
            },
        },
        {
            content: "its switch",
            trigger: "[name=source_id] input",
            run: "edit MSC",
        },
        {
            content: "take it",
            trigger: ".o-autocomplete--dropdown-item:contains(MSC) a",
            run: "click",
        },
        {
            content: "save",
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "rate it",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "all of it was read, one record is good",
            trigger:
                "[name=progress]:contains(100), [name=progress] .o_progressbar_value:contains(100)",
        },
        {
            content: "the bad ones are there with their reasons",
            trigger: "[name=reject_sample_ids]:contains(6O):contains(0195990099)",
        },
        {
            content: "they can be downloaded",
            trigger: "button[name=action_download_rejects]",
        },
        {
            content: "look at them",
            trigger: "button[name=action_view_rejects]",
            run: "click",
        },
        {
            content: "open the one with a letter in its duration",
            trigger:
                ".o_action_manager:has(.o_breadcrumb:contains(Refused Records)) .o_list_view .o_data_row:contains(6O) .o_data_cell[name=reason]",
            run: "click",
        },
        {
            content: "put it right",
            trigger: "[name=correction] textarea",
            run: `edit ${ROWS[2].replace("6O", "60")}`,
        },
        {
            content: "rate it again",
            trigger: "button[name=action_replay]",
            run: "click",
        },
        {
            content: "it is rated now",
            trigger: ".o_statusbar_status .o_arrow_button_current[data-value=replayed]",
        },
        {
            content: "back to the file",
            trigger: "[name=file_id] a, .breadcrumb-item:contains(cdr.csv) a",
            run: "click",
        },
        {
            content: "two records are good",
            trigger: "button[name=action_view_usage]:contains(2)",
            run: "click",
        },
        {
            content: "the call of a minute and a second",
            trigger: ".o_list_view .o_data_row [name=quantity_display]:contains(0:01:01)",
            run: "click",
        },
        {
            content: "it says line by line how it was rated",
            trigger: "[name=explanation] table:contains(National):contains(0:01:01):contains(61)",
        },
    ],
});
