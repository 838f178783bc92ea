import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { CustomerCard } from "../card/customer_card";

/**
 * The card of any call, opened from its record: `active_id` is the call, in the
 * action's context or parameters.
 */
export class CallCardAction extends Component {
    static template = "telecom_callcenter.CallCardAction";
    static components = { CustomerCard };
    static props = { ...standardActionServiceProps };

    setup() {
        this.desk = useService("telecom_desk");
        this.orm = useService("orm");
        this.state = useState({ card: false, partnerId: false });
        this.env.config.setDisplayName(_t("Caller's card"));
        onWillStart(() => this.load());
    }

    async load() {
        const { context, params } = this.props.action;
        const callId = params?.call_id || context?.active_id;
        if (!callId) {
            return;
        }
        let companyId = params?.company_id || context?.telecom_company_id;
        if (!companyId) {
            const [call] = await this.orm.read("telecom.call", [callId], ["company_id"], {
                context: this.desk.agentContext,
            });
            companyId = call?.company_id[0];
        }
        this.call = { id: callId, company_id: companyId };
        this.show(await this.desk.rpc("get_card", [callId], { companyId }));
    }

    show(card) {
        this.state.card = card;
        this.state.partnerId = card.partner_id || false;
    }

    async onLink(partnerId) {
        if (await this.desk.linkPartner(this.call, partnerId)) {
            await this.load();
            this.state.partnerId = partnerId;
        }
    }

    async onCreate(kind, vals) {
        const card = await this.desk.createPartner(this.call, kind, vals);
        if (card) {
            this.show(card);
        }
        return card;
    }
}

registry.category("actions").add("telecom_callcenter.call_card", CallCardAction);
