import { Component, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * One box for IMEI, ICCID and serial numbers: typed, by a scanner that ends with Enter,
 * or by the telephone's camera. It opens the page of the item.
 */
export class SerialScan extends Component {
    static template = "telecom_stock.SerialScan";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ text: "", message: "", busy: false });
        this.camera = isBarcodeScannerSupported();
        useAutofocus({ refName: "text" });
    }

    async find() {
        if (this.state.busy || !this.state.text.trim()) {
            return;
        }
        this.state.busy = true;
        this.state.message = "";
        try {
            const found = await this.orm.call("stock.lot", "telecom_find", [this.state.text]);
            if (found.message) {
                this.state.message = found.message;
            } else {
                await this.action.doAction(found);
            }
        } finally {
            this.state.busy = false;
        }
    }

    onKeydown(event) {
        if (event.key === "Enter") {
            this.find();
        }
    }

    async scan() {
        try {
            this.state.text = (await scanBarcode(this.env)) || "";
        } catch {
            this.state.message = _t("The camera does not answer: type the number.");
            return;
        }
        await this.find();
    }
}

registry.category("actions").add("telecom_serial_scan", SerialScan);
