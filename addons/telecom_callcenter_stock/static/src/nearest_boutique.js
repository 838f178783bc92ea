import { Component, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { CustomerCard } from "@telecom_callcenter/card/customer_card";
import { HOTKEYS, withHotkey } from "@telecom_callcenter/core/labels";

HOTKEYS.boutique = "alt+shift+o";

/** Metres as people say them in their language: "350 m", "4.2 km". */
export function distanceLabel(metres, decimal = localization.decimalPoint) {
    if (metres < 1000) {
        return _t("%s m", metres);
    }
    return _t("%s km", (metres / 1000).toFixed(1).replace(".", decimal));
}

/**
 * The boutiques nearest to the caller, on the card of a call: asked for when it is
 * opened, and again whenever a wish changes.
 */
export class NearestBoutique extends Component {
    static template = "telecom_callcenter_stock.NearestBoutique";
    static props = {
        callId: Number,
        companyId: Number,
        partnerId: { type: [Number, Boolean], optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.town = useRef("town");
        this.state = useState(this.fresh());
        useHotkey(HOTKEYS.boutique, () => this.toggle(), {
            bypassEditableProtection: true,
            global: true,
        });
        onWillUpdateProps((next) => {
            if (next.callId !== this.props.callId) {
                Object.assign(this.state, this.fresh());
            } else if (next.partnerId !== this.props.partnerId && this.state.open) {
                this.load(next);
            }
        });
    }

    fresh() {
        return {
            open: false,
            loading: false,
            choices: { services: [], items: [], towns: [], sms: {} },
            town: "",
            service: "",
            item: "",
            when: "now",
            at: "",
            result: false,
            sending: false,
            /** Ids of boutiques whose address left in this call. */
            sent: [],
        };
    }

    get title() {
        return withHotkey(_t("Nearest boutique"), "boutique");
    }

    get place() {
        const { place } = this.state.result || {};
        if (!place) {
            return "";
        }
        return place.known === "position"
            ? _t("From the customer's address in %s", place.name)
            : _t("From %s", place.name);
    }

    get missing() {
        const { missing, boutiques } = this.state.result || {};
        if (!boutiques?.length) {
            return _t("No boutique offers that.");
        }
        return {
            open: _t("None is open at this time: these are the nearest, and when they open."),
            reach: _t("None is near: these are the nearest anyway."),
            all: _t("None is near, and none is open at this time: these are the nearest."),
        }[missing];
    }

    get smsTitle() {
        const { refusal, number } = this.state.choices.sms;
        return refusal || _t("To %s", number);
    }

    distance(metres) {
        return distanceLabel(metres);
    }

    way({ latitude, longitude }) {
        return `https://www.openstreetmap.org/directions?to=${latitude}%2C${longitude}`;
    }

    async toggle() {
        this.state.open = !this.state.open;
        if (this.state.open) {
            await this.load(this.props);
        }
    }

    /** What can be asked for, and the answer for where the customer lives. */
    async load(props) {
        const choices = this.orm.call("telecom.desk", "get_boutique_choices", [
            props.callId,
            props.partnerId || false,
        ]);
        const [found] = await Promise.all([choices, this.search(props)]);
        this.state.choices = found;
        this.town.el?.focus();
    }

    async search(props = this.props) {
        const { town, service, item, when, at } = this.state;
        if (when === "at" && !at) {
            return;
        }
        const asked = JSON.stringify([props, town, service, item, when, at]);
        this.asked = asked;
        this.state.loading = true;
        try {
            const result = await this.orm.call("telecom.desk", "find_boutiques", [
                props.callId,
                props.partnerId || false,
                town.trim(),
                service,
                Number(item) || false,
                when === "at" ? at : when,
            ]);
            // The last question counts, whichever answer comes last.
            if (this.asked === asked) {
                this.state.result = result;
            }
        } finally {
            if (this.asked === asked) {
                this.state.loading = false;
            }
        }
    }

    onWish(name, value) {
        this.state[name] = value;
        return this.search();
    }

    async send(boutique) {
        // Not disabled: whoever works with keys would lose her place
        if (this.state.sending || this.state.sent.includes(boutique.id)) {
            return;
        }
        this.state.sending = boutique.id;
        const callId = this.props.callId;
        try {
            const { number } = await this.orm.call("telecom.desk", "send_boutique", [
                callId,
                boutique.id,
                this.props.partnerId || false,
            ]);
            if (this.props.callId === callId) {
                this.state.sent.push(boutique.id);
            }
            this.notification.add(
                _t("The address of %(boutique)s is sent to %(number)s.", {
                    boutique: boutique.name,
                    number,
                }),
                { type: "success" }
            );
        } finally {
            this.state.sending = false;
        }
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.state.open = false;
        }
    }
}

patch(CustomerCard, {
    components: { ...CustomerCard.components, NearestBoutique },
});
