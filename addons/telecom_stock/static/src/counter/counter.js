import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ScanInput } from "../scan/scan_input";

const MODEL = "telecom.counter.sale";

/** A key of a sale: sent again after a lost answer, it is the same sale. */
function makeToken() {
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    return [...numbers].map((one) => one.toString(16).padStart(8, "0")).join("");
}

/**
 * The counter of a shop: customer, items by scanning, payment, receipt. All is on one
 * page, so that a sale takes as few actions as there are things to say.
 */
export class Counter extends Component {
    static template = "telecom_stock.Counter";
    static components = { ScanInput };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.last = new KeepLast();
        this.state = useState(this.fresh());
        this.scanPlaceholder = _t("IMEI, ICCID, serial number or barcode");
        this.customerInput = useRef("customer");
        useAutofocus({ refName: "customer" });
        this.searchSoon = useDebounced(() => this.search(), 200);
        onWillStart(() => this.open());
    }

    fresh() {
        return {
            token: makeToken(),
            text: "",
            found: [],
            searched: false,
            customer: null,
            newCustomer: null,
            items: [],
            choices: [],
            problem: "",
            totals: { items: [], total: 0, tax: 0 },
            method: "cash",
            received: "",
            busy: false,
            done: null,
        };
    }

    async open(boutiqueId = false) {
        this.failed = "";
        try {
            this.shop = await this.orm.call(MODEL, "counter_open", [boutiqueId]);
            this.state.today = this.shop.today;
        } catch (error) {
            if (!error.data) {
                throw error;
            }
            this.failed = error.data.message;
        }
    }

    async changeBoutique(event) {
        await this.open(Number(event.target.value));
        Object.assign(this.state, this.fresh());
        this.render();
    }

    money(amount) {
        return formatCurrency(amount || 0, this.shop.currency.id);
    }

    // Customer

    onCustomerInput() {
        this.state.searched = false;
        this.searchSoon();
    }

    async search() {
        const text = this.state.text.trim();
        if (text.length < 2) {
            this.state.found = [];
            return;
        }
        this.state.found = await this.last.add(
            this.orm.call(MODEL, "counter_customers", [this.shop.boutique.id, text])
        );
        this.state.searched = true;
    }

    async onCustomerKeydown(event) {
        if (event.key !== "Enter") {
            return;
        }
        event.preventDefault();
        await this.search();
        if (this.state.found.length === 1) {
            this.choose(this.state.found[0]);
        }
    }

    choose(customer) {
        Object.assign(this.state, {
            customer,
            newCustomer: null,
            found: [],
            text: "",
            searched: false,
        });
        this.focusScan();
    }

    writeNew() {
        const text = this.state.text.trim();
        const isNumber = /^[+\d\s.-]+$/.test(text);
        const words = isNumber ? [] : text.split(/\s+/);
        this.state.newCustomer = {
            first_name: words.slice(0, -1).join(" "),
            last_name: words.at(-1) || "",
            phone: isNumber ? text : "",
        };
        this.state.found = [];
    }

    forgetCustomer() {
        this.state.customer = this.state.newCustomer = null;
        this.state.text = "";
        for (const item of this.state.items) {
            item.line_id = 0;
        }
    }

    focusScan() {
        document.querySelector(".o_telecom_counter [data-telecom=scan]")?.focus();
    }

    // Items

    async scan(text) {
        this.state.problem = "";
        this.state.choices = [];
        const found = await this.orm.call(MODEL, "counter_scan", [this.shop.boutique.id, text]);
        if (found.item) {
            await this.add(found.item);
        } else if (found.choices) {
            this.state.choices = found.choices;
        } else {
            this.state.problem = found.error;
            navigator.vibrate?.([90, 60, 90]);
        }
    }

    async add(item) {
        this.state.choices = [];
        const known = this.state.items.find((one) =>
            item.lot_id
                ? one.lot_id === item.lot_id
                : one.product_id === item.product_id && !one.lot_id
        );
        if (known && item.lot_id) {
            this.state.problem = _t("%s was scanned already.", item.serial);
            return;
        }
        if (known) {
            known.quantity += 1;
        } else {
            this.state.items.push({ ...item, line_id: 0, offer_id: 0, numbers: [] });
        }
        await this.refresh();
    }

    async remove(index) {
        this.state.items.splice(index, 1);
        await this.refresh();
    }

    async setQuantity(item, event) {
        item.quantity = Math.max(1, Number(event.target.value) || 1);
        await this.refresh();
    }

    async setOffer(item, event) {
        item.offer_id = Number(event.target.value);
        await this.refresh();
    }

    setLine(item, event) {
        item.line_id = Number(event.target.value);
    }

    offersOf(item) {
        return this.shop.offers.filter((offer) => offer.kinds.includes(item.kind));
    }

    takesLine(item) {
        return ["sim", "key4g", "modem", "fibre_terminal"].includes(item.kind);
    }

    async showNumbers(item) {
        item.numbers = await this.orm.call(MODEL, "counter_numbers", [
            this.shop.boutique.id,
            item.msisdn,
        ]);
        if (!item.numbers.length) {
            this.notification.add(_t("No free number has these digits."), {
                type: "warning",
            });
        }
    }

    takeNumber(item, number) {
        item.msisdn = number;
        item.numbers = [];
    }

    get values() {
        const { state } = this;
        return {
            token: state.token,
            boutique_id: this.shop.boutique.id,
            partner_id: state.customer?.id || false,
            partner_key: state.customer?.key || "",
            partner: state.newCustomer || false,
            items: state.items.map(
                ({ product_id, lot_id, quantity, msisdn, line_id, offer_id }) => ({
                    product_id,
                    lot_id,
                    quantity,
                    msisdn: line_id ? "" : msisdn,
                    line_id,
                    offer_id,
                })
            ),
            total: state.totals.total,
            payment_method: state.method,
            amount_received: Number(String(state.received).replace(",", ".")) || 0,
        };
    }

    async refresh() {
        if (!this.state.items.length) {
            this.state.totals = { items: [], total: 0, tax: 0 };
            return;
        }
        this.state.totals = await this.last.add(
            this.orm.call(MODEL, "counter_totals", [this.values])
        );
    }

    // Sale

    get ready() {
        const { customer, newCustomer, items, busy } = this.state;
        return items.length && (customer || newCustomer?.last_name) && !busy;
    }

    get change() {
        const received = Number(String(this.state.received).replace(",", ".")) || 0;
        return this.state.method === "cash" && received > this.state.totals.total
            ? received - this.state.totals.total
            : 0;
    }

    async sell() {
        if (!this.ready) {
            return;
        }
        this.state.busy = true;
        this.state.problem = "";
        try {
            const result = await this.orm.call(MODEL, "counter_sell", [this.values]);
            if (result.changed !== undefined) {
                this.state.totals.total = result.changed;
                this.state.problem = _t(
                    "It costs %s now: tell the customer, and sell again.",
                    this.money(result.changed)
                );
            } else {
                this.state.done = result;
                this.state.today = result.today;
            }
        } catch (error) {
            // The token stays: pressing again after a lost answer sells once
            this.state.problem =
                error?.data?.message ||
                _t("The network is gone. Press “Sell” again: it is sold once only.");
        } finally {
            this.state.busy = false;
        }
    }

    next() {
        const today = this.state.today;
        Object.assign(this.state, this.fresh(), { today });
    }
}

registry.category("actions").add("telecom_stock.counter", Counter);
