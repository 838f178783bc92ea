import { Component, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { isMobileOS } from "@web/core/browser/feature_detection";

/**
 * A box for numbers and barcodes: typed, by a scanner that ends with Enter, or by the
 * telephone's camera, one piece after the other.
 */
export class ScanInput extends Component {
    static template = "telecom_stock.ScanInput";
    static props = {
        placeholder: { type: String, optional: true },
        onScan: Function,
        big: { type: Boolean, optional: true },
    };

    setup() {
        this.notification = useService("notification");
        this.input = useRef("input");
        this.state = useState({ text: "", busy: false });
        this.camera = isBarcodeScannerSupported();
    }

    async enter(text) {
        const value = (text ?? this.state.text).trim();
        if (!value || this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await this.props.onScan(value);
            this.state.text = "";
        } finally {
            this.state.busy = false;
            if (!isMobileOS()) {
                this.input.el?.focus();
            }
        }
    }

    onKeydown(event) {
        if (event.key === "Enter") {
            event.preventDefault();
            event.stopPropagation();
            this.enter();
        }
    }

    async openCamera() {
        let text = "";
        try {
            text = await scanBarcode(this.env);
        } catch {
            this.notification.add(_t("The camera does not answer: type the number."), {
                type: "warning",
            });
            this.input.el?.focus();
            return;
        }
        navigator.vibrate?.(60);
        await this.enter(text || "");
    }
}
