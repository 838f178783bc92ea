import { Component, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";

/** Writes to the platform's administrator, with the page the user is on. */
export class HelpDialog extends Component {
    static template = "telecom_crm.HelpDialog";
    static components = { Dialog };
    static props = { page: String, close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ kind: "information", message: "", sending: false });
        useAutofocus({ refName: "message" });
    }

    get ready() {
        return this.state.message.trim() && !this.state.sending;
    }

    async send() {
        this.state.sending = true;
        try {
            await this.orm.call("telecom.help.request", "send", [], {
                kind: this.state.kind,
                message: this.state.message,
                page: this.props.page,
                browser: window.navigator.userAgent,
            });
        } finally {
            this.state.sending = false;
        }
        this.notification.add(_t("Sent. The answer comes here and by e-mail."), {
            type: "success",
        });
        this.props.close();
    }
}
