import { Component, onMounted, status, useEffect, useRef, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { useService } from "@web/core/utils/hooks";

/** How long one has to stop typing before similar claims are looked for. */
const PAUSE_MS = 300;

/**
 * Solutions of claims like the one on the form, while its subject is typed; one
 * click takes a solution over.
 */
export class SimilarClaims extends Component {
    static template = "telecom_crm.SimilarClaims";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ solutions: [], open: null });
        this.lastSearch = new KeepLast();
        this.text = "";
        this.search = useDebounced(() => this.load(), PAUSE_MS);
        this.root = useRef("root");
        // The form knows the subject when one leaves its field; we look while it is typed
        useEffect(
            (form) => {
                const onInput = ({ target }) => {
                    if (target.closest(".o_field_widget[name='name']")) {
                        this.text = target.value;
                        this.search();
                    }
                };
                form?.addEventListener("input", onInput);
                return () => form?.removeEventListener("input", onInput);
            },
            () => [this.root.el?.closest(".o_form_renderer")]
        );
        onMounted(() => this.search());
        useRecordObserver((record) => {
            const { name, closed, company_id: company } = record.data;
            const text = closed ? "" : name || "";
            const companyId = company ? company.id : false;
            if (text !== this.text || companyId !== this.companyId) {
                this.text = text;
                this.companyId = companyId;
                this.search();
            }
        });
    }

    async load() {
        // Rendered for nothing, or not on the screen yet
        if (status(this) !== "mounted") {
            return;
        }
        const text = this.text;
        const solutions =
            text.trim().length < 3
                ? []
                : await this.lastSearch.add(
                      this.orm.silent.call("helpdesk.ticket", "telecom_similar", [text], {
                          company_id: this.companyId,
                      })
                  );
        this.state.solutions = solutions;
    }

    get shown() {
        const id = this.props.record.resId;
        return this.state.solutions.filter((one) => one.claim_id !== id);
    }

    get chosenId() {
        return this.props.record.data.telecom_solution_id?.id;
    }

    worked(one) {
        return _t("worked %(worked)s times of %(used)s", one);
    }

    toggle(one) {
        this.state.open = this.state.open === one.solution_id ? null : one.solution_id;
    }

    /** Take the solution over, and what the claim is about unless that was chosen. */
    async reuse(one) {
        const { record } = this.props;
        const changes = {
            telecom_solution_id: { id: one.solution_id, display_name: one.solution },
            telecom_solution_note: one.description,
        };
        if (!record.data.category_id && !record.data.telecom_branch) {
            if (one.category) {
                changes.category_id = one.category;
            } else if (one.branch) {
                changes.telecom_branch = one.branch;
            }
        }
        await record.update(changes);
    }
}

export const similarClaims = {
    component: SimilarClaims,
    fieldDependencies: [
        { name: "name", type: "char" },
        { name: "closed", type: "boolean" },
        { name: "company_id", type: "many2one" },
        { name: "category_id", type: "many2one" },
        { name: "telecom_branch", type: "selection" },
        { name: "telecom_solution_id", type: "many2one" },
        { name: "telecom_solution_note", type: "text" },
    ],
};

registry.category("view_widgets").add("telecom_similar_claims", similarClaims);
