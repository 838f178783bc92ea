import { Component, onMounted, useRef } from "@odoo/owl";

/** A field to sign in with a finger. It needs nothing of the network. */
export class SignatureField extends Component {
    static template = "telecom_callcenter.SignatureField";
    static props = {
        /** (empty: boolean) => void, after each stroke */
        onChange: Function,
        /** (read: () => string) => void: gives the parent a way to read the picture */
        onReady: Function,
    };

    setup() {
        this.canvas = useRef("canvas");
        this.drawing = false;
        onMounted(() => {
            this.clear();
            this.props.onReady(() => this.canvas.el.toDataURL("image/png"));
        });
    }

    clear() {
        const canvas = this.canvas.el;
        const scale = window.devicePixelRatio || 1;
        canvas.width = canvas.clientWidth * scale;
        canvas.height = canvas.clientHeight * scale;
        this.pen = canvas.getContext("2d");
        this.pen.fillStyle = "#fff";
        this.pen.fillRect(0, 0, canvas.width, canvas.height);
        this.pen.scale(scale, scale);
        this.pen.lineWidth = 2.2;
        this.pen.lineCap = this.pen.lineJoin = "round";
        this.pen.strokeStyle = "#111";
        this.props.onChange(true);
    }

    point(event) {
        const box = this.canvas.el.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    }

    onDown(event) {
        event.preventDefault();
        try {
            // A stroke goes on outside of the field
            this.canvas.el.setPointerCapture(event.pointerId);
        } catch {
            // The finger is gone already
        }
        this.drawing = true;
        this.pen.beginPath();
        this.pen.moveTo(...this.point(event));
    }

    onMove(event) {
        if (this.drawing) {
            this.pen.lineTo(...this.point(event));
            this.pen.stroke();
        }
    }

    onUp() {
        if (this.drawing) {
            this.drawing = false;
            this.props.onChange(false);
        }
    }
}
