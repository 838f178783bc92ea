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
        // What may be scanned: longer than the box is wide on a telephone
        hint: { type: String, optional: true },
        onScan: Function,
        big: { type: Boolean, optional: true },
    };

    setup() {
        this.notification = useService("notification");
        this.input = useRef("input");
        this.state = useState({ text: "", waiting: 0 });
        this.queue = Promise.resolve();
        this.camera = isBarcodeScannerSupported();
    }

    /** Scanners are faster than the network: each piece waits for the one before. */
    enter(text) {
        const value = (text ?? this.state.text).trim();
        if (!value) {
            return;
        }
        this.state.text = "";
        this.state.waiting += 1;
        this.queue = this.queue
            .then(() => this.props.onScan(value))
            .finally(() => {
                this.state.waiting -= 1;
                if (!isMobileOS()) {
                    this.input.el?.focus();
                }
            });
        const last = this.queue;
        this.queue = last.catch(() => {});
        return last;
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
