import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { ScanInput } from "./scan_input";

/**
 * Scanning on the page of a transfer or a count: each piece is stored at once by the
 * record's ``telecom_scan``, so that nothing is lost when the network or the battery is.
 */
export class TelecomScan extends Component {
    static template = "telecom_stock.TelecomScan";
    static components = { ScanInput };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ said: [] });
        this.hint = _t("IMEI, ICCID, serial number or barcode");
    }

    async scan(text) {
        const { record } = this.props;
        if ((record.isNew || record.dirty) && !(await record.save())) {
            return;
        }
        let said;
        try {
            said = await this.orm.call(record.resModel, "telecom_scan", [[record.resId], text]);
        } catch (error) {
            // Offline, or refused: the text stays visible, and can be sent again
            this.say({ type: "danger", message: `${text}: ${this.reason(error)}` });
            return;
        }
        if (said.type !== "success") {
            navigator.vibrate?.([90, 60, 90]);
        }
        this.say(said);
        await record.load();
    }

    reason(error) {
        return error?.data?.message || _t("not stored, scan it again");
    }

    say(said) {
        this.state.said = [said, ...this.state.said].slice(0, 3);
    }
}

registry.category("view_widgets").add("telecom_scan", { component: TelecomScan });
