import { Component, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { AppointmentDialog } from "../appointment/appointment_dialog";
import { chosenMatch, formatDuration, initials, readableOn } from "../core/desk_model";
import {
    ageLabel,
    branchLabel,
    directionLabel,
    formatMoment,
    joined,
    lineStateLabel,
    outcomeLabel,
    technologyIcon,
    technologyLabel,
} from "../core/labels";

/** Find a customer who calls from a number that is not hers. */
export class PartnerSearch extends Component {
    static template = "telecom_callcenter.PartnerSearch";
    static props = { companyId: Number, onSelect: Function, onClose: Function };

    setup() {
        this.joined = joined;
        this.orm = useService("orm");
        this.state = useState({ query: "", results: [], searched: false });
        this.search = useDebounced(() => this.load(), 250);
        useAutofocus({ refName: "search" });
    }

    onInput(ev) {
        this.state.query = ev.target.value;
        this.search();
    }

    async load() {
        const query = this.state.query.trim();
        if (query.length < 2) {
            this.state.results = [];
            this.state.searched = false;
            return;
        }
        const results = await this.orm.silent.searchRead(
            "res.partner",
            [["display_name", "ilike", query]],
            ["display_name", "phone", "city", "telecom_customer_number"],
            { limit: 8, context: { allowed_company_ids: [this.props.companyId] } }
        );
        if (query === this.state.query.trim()) {
            this.state.results = results;
            this.state.searched = true;
        }
    }
}

/** Create the customer or prospect who is calling, without leaving the call. */
export class NewPartner extends Component {
    static template = "telecom_callcenter.NewPartner";
    static props = {
        number: String,
        kind: String,
        /** Of a campaign, with what its file said. */
        contact: { type: [Object, Boolean], optional: true },
        onCreate: Function,
        onClose: Function,
    };

    setup() {
        const contact = this.props.contact || {};
        this.state = useState({
            company: false,
            first_name: contact.first_name || "",
            last_name: contact.last_name || "",
            name: contact.name || "",
            phone: this.props.number,
            email: contact.email || "",
            city: contact.city || "",
            saving: false,
        });
        useAutofocus({ refName: "first" });
    }

    get title() {
        return this.props.kind === "prospect" ? _t("New prospect") : _t("New customer");
    }

    get valid() {
        const { company, last_name, name } = this.state;
        return Boolean((company ? name : last_name).trim());
    }

    async onSubmit() {
        if (!this.valid || this.state.saving) {
            return;
        }
        const { company, first_name, last_name, name, phone, email, city } = this.state;
        this.state.saving = true;
        const vals = { is_company: company, phone, email, city };
        if (company) {
            vals.name = name.trim();
        } else {
            vals.telecom_first_name = first_name.trim();
            vals.telecom_last_name = last_name.trim();
        }
        try {
            await this.props.onCreate(this.props.kind, vals);
        } finally {
            this.state.saving = false;
        }
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClose();
        }
    }
}

/**
 * Who is calling: identity, lines, open claims and the last contacts. Everything
 * comes in `card`; nothing is asked of the server to show it.
 */
export class CustomerCard extends Component {
    static template = "telecom_callcenter.CustomerCard";
    static components = { NewPartner, PartnerSearch };
    static props = {
        card: Object,
        partnerId: { type: [Number, Boolean], optional: true },
        /** One short column, for the bar on other screens. */
        compact: { type: Boolean, optional: true },
        /** (partnerId) => Promise */
        onLink: Function,
        /** (kind, vals) => Promise<card> */
        onCreate: Function,
    };

    setup() {
        this.joined = joined;
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ creating: false, searching: false, leadId: false });
        useEffect(
            (callId, compact) => {
                // For figures: when the card of this call stood on the screen.
                browser.performance?.mark("telecom-card", { detail: { callId, compact } });
                Object.assign(this.state, {
                    creating: false,
                    searching: false,
                    leadId: false,
                });
            },
            () => [this.card.call?.id, Boolean(this.props.compact)]
        );
    }

    get card() {
        return this.props.card;
    }

    get match() {
        return chosenMatch(this.card, this.props.partnerId);
    }

    get several() {
        return !this.match && this.card.matches.length > 1;
    }

    get number() {
        return this.card.number_display || this.card.number || "";
    }

    get title() {
        if (this.match) {
            return this.match.name;
        }
        if (this.card.contact) {
            return this.card.contact.name;
        }
        if (this.card.withheld) {
            return _t("Withheld number");
        }
        if (this.several) {
            return _t("Several customers have this number");
        }
        return _t("Unknown caller");
    }

    get operatorStyle() {
        const color = this.card.company?.color || "#71639e";
        return `--telecom-operator: ${color}; --telecom-on-operator: ${readableOn(color)};`;
    }

    get subtitle() {
        const { call, queue, campaign } = this.card;
        const parts = [directionLabel(call?.direction), campaign, queue];
        const names = parts.map((part) => part?.name || part).filter(Boolean);
        return [...new Set(names)].join(" · ");
    }

    get waited() {
        return this.card.waited_seconds ? formatDuration(this.card.waited_seconds) : "";
    }

    get language() {
        const language = this.match?.language || this.card.language;
        return language?.name || language || "";
    }

    initials(name) {
        return initials(name);
    }

    /** Segments carry an Odoo colour index or a colour of their own. */
    segmentClass(segment) {
        return typeof segment.color === "number" ? `o_tag_color_${segment.color}` : "";
    }

    segmentStyle(segment) {
        if (typeof segment.color === "string" && segment.color) {
            return `background-color: ${segment.color}; color: ${readableOn(segment.color)};`;
        }
        return "";
    }

    get linesTitle() {
        return _t("Lines (%s)", this.match.lines?.length || 0);
    }

    get claimsTitle() {
        const count = this.match.open_claims ?? this.match.claims?.length ?? 0;
        return _t("Open claims (%s)", count);
    }

    get history() {
        const history = this.card.history || [];
        return this.props.compact ? history.slice(0, 2) : history;
    }

    reason(contact) {
        return (
            contact.qualification?.name || contact.qualification || outcomeLabel(contact.outcome)
        );
    }

    direction(direction) {
        return directionLabel(direction);
    }

    moment(seconds) {
        return formatMoment(seconds);
    }

    age(days) {
        return ageLabel(days);
    }

    branch(branch) {
        return branchLabel(branch);
    }

    technology(technology) {
        return technologyLabel(technology);
    }

    technologyIcon(technology) {
        return technologyIcon(technology);
    }

    lineState(state) {
        return lineStateLabel(state);
    }

    async onLink(partnerId) {
        this.state.searching = false;
        await this.props.onLink(partnerId);
    }

    async onCreate(kind, vals) {
        const card = await this.props.onCreate(kind, vals);
        if (card) {
            this.state.creating = false;
            this.state.leadId = card.lead_id || false;
        }
    }

    /** A claim of this customer, over the desk: the call goes on. */
    newClaim() {
        const { call, company, number } = this.card;
        const line = this.match.lines?.find((one) => one.msisdn === number);
        const partnerId = this.match.id;
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("New claim"),
                res_model: "helpdesk.ticket",
                target: "new",
                views: [[false, "form"]],
            },
            {
                additionalContext: {
                    ...user.context,
                    allowed_company_ids: [company.id],
                    default_company_id: company.id,
                    default_partner_id: partnerId,
                    default_telecom_line_id: line?.id || false,
                    default_telecom_call_id: call?.id || false,
                },
                // The card counts the claim that was made
                onClose: () => call && this.props.onLink(partnerId),
            }
        );
    }

    /** A field seller's visit to this customer, over the desk: the call goes on. */
    newAppointment() {
        const { call, company, number } = this.card;
        this.dialog.add(AppointmentDialog, {
            companyId: company.id,
            partnerId: this.match.id,
            callId: call?.id || false,
            values: { number },
        });
    }

    openRecord(model, id) {
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: model,
                res_id: id,
                views: [[false, "form"]],
            },
            {
                additionalContext: {
                    ...user.context,
                    allowed_company_ids: [this.card.company.id],
                },
            }
        );
    }
}
