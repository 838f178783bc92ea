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
        this.actionService = useService("action");
        this.last = new KeepLast();
        // How often the price was asked for: the last answer counts
        this.asked = 0;
        this.state = useState(this.fresh());
        this.scanHint = _t("IMEI, ICCID, serial number or barcode");
        this.returnHint = _t("IMEI, ICCID, serial number or receipt");
        this.customerInput = useRef("customer");
        useAutofocus({ refName: "customer" });
        this.searchSoon = useDebounced(() => this.search(), 200);
        this.lastDoubles = new KeepLast();
        this.compareSoon = useDebounced(() => this.compare(), 300);
        const { take_back: name, boutique_id: boutiqueId } = this.props.action.params || {};
        onWillStart(async () => {
            await this.open(boutiqueId || false);
            if (name && !this.failed) {
                this.state.back = true;
                await this.findSale(name);
            }
        });
    }

    fresh() {
        return {
            token: makeToken(),
            text: "",
            found: [],
            searched: false,
            customer: null,
            newCustomer: null,
            doubles: [],
            items: [],
            choices: [],
            problem: "",
            totals: { items: [], total: 0, tax: 0 },
            method: "cash",
            received: "",
            split: false,
            parts: {},
            counting: false,
            busy: false,
            done: null,
            // What the holder of a line shows for a new SIM
            identity: { kind: "identity_card", number: "", reason: "" },
            refusal: "",
            overrule: false,
            // Taking back: the sale that was found, why, and what comes back
            back: false,
            sale: null,
            reason: "",
            agreed: undefined,
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
        this.forgetIdentity();
        Object.assign(this.state, {
            customer,
            newCustomer: null,
            doubles: [],
            problem: "",
            found: [],
            text: "",
            searched: false,
        });
        this.focusScan();
        // What this customer cannot have is not proposed
        return this.refresh();
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
        return this.compare();
    }

    /** Show who is there already, and may be the one that is written down. */
    async compare() {
        const { newCustomer } = this.state;
        if (!newCustomer) {
            return;
        }
        const doubles = await this.lastDoubles.add(
            this.orm.call(MODEL, "counter_doubles", [this.shop.boutique.id, { ...newCustomer }])
        );
        if (this.state.newCustomer) {
            this.state.doubles = doubles;
        }
    }

    /** What somebody else has shown proves nothing. */
    forgetIdentity() {
        Object.assign(this.state, {
            identity: { kind: "identity_card", number: "", reason: "" },
            refusal: "",
            overrule: false,
        });
    }

    forgetCustomer() {
        this.forgetIdentity();
        this.state.customer = this.state.newCustomer = null;
        this.state.doubles = [];
        this.state.text = "";
        for (const item of this.state.items) {
            item.line_id = 0;
        }
        return this.refresh();
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
        const wanted = this.number(event.target.value) || 1;
        item.quantity = item.whole ? Math.max(1, Math.round(wanted)) : Math.max(0, wanted);
        event.target.value = item.quantity;
        await this.refresh();
    }

    async setOffer(item, event) {
        item.offer_id = Number(event.target.value);
        await this.refresh();
    }

    async setLine(item, event) {
        item.line_id = Number(event.target.value);
        // The offer of a line in service is changed on its subscription
        item.offer_id = 0;
        await this.refresh();
    }

    linesOf(item) {
        return (this.state.customer?.lines || []).filter((line) => line.kinds.includes(item.kind));
    }

    offersOf(item) {
        return this.shop.offers.filter((offer) => offer.kinds.includes(item.kind));
    }

    refusal(offer) {
        return this.state.totals.refused?.[offer.id] || "";
    }

    offerText(offer) {
        const reason = this.refusal(offer);
        return reason ? `${offer.name} – ${reason}` : offer.name;
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
            partner: state.newCustomer && {
                ...state.newCustomer,
                known: state.doubles.map((one) => one.id),
            },
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
            identity: this.swaps ? { ...state.identity } : false,
            payment_method: state.method,
            amount_received: this.number(state.received),
            payments: state.split
                ? this.shop.methods.map(({ code }) => ({
                      method: code,
                      amount: this.number(state.parts[code]),
                  }))
                : false,
        };
    }

    /** Whether a line in use gets a new SIM: its holder shows who they are. */
    get swaps() {
        return Boolean(this.state.totals.swaps?.some(Boolean));
    }

    /** Whether enough is written down of what the holder showed. */
    get identified() {
        const { identity, refusal, overrule } = this.state;
        return (
            !this.swaps ||
            (identity.number.trim().length > 3 && (overrule ? identity.reason.trim() : !refusal))
        );
    }

    onIdentityInput() {
        this.state.refusal = "";
        this.state.overrule = false;
        this.state.identity.reason = "";
    }

    /** A typed amount, whatever the keyboard's decimal sign. */
    number(text) {
        return (
            Number(
                String(text ?? "")
                    .replace(/\s/g, "")
                    .replace(",", ".")
            ) || 0
        );
    }

    async refresh() {
        if (!this.state.items.length) {
            this.state.totals = { items: [], total: 0, tax: 0 };
            this.state.counting = false;
            // An answer that is still on its way is of no use
            this.asked += 1;
            return;
        }
        // What it costs is not known while it is asked for: nothing is sold meanwhile
        this.state.counting = true;
        // Not by KeepLast, which leaves who waits for an older answer waiting: the next
        // scan waits for this one
        this.asked += 1;
        const mine = this.asked;
        try {
            const totals = await this.orm.call(MODEL, "counter_totals", [this.values]);
            if (mine === this.asked) {
                this.state.totals = totals;
            }
        } finally {
            if (mine === this.asked) {
                this.state.counting = false;
            }
        }
    }

    // Sale

    get ready() {
        const { customer, newCustomer, items, busy } = this.state;
        return (
            items.length &&
            (customer || newCustomer?.last_name) &&
            !busy &&
            !this.state.counting &&
            this.identified &&
            (!this.state.split || this.left <= 0)
        );
    }

    /** Numbers of money, without what binary fractions leave. */
    rounded(amount) {
        return Number(amount.toFixed(this.shop.currency.digits));
    }

    /** What is still to be paid; below zero it is the change. */
    get left() {
        const parts = this.shop.methods.map(({ code }) => this.number(this.state.parts[code]));
        return this.rounded(this.state.totals.total - parts.reduce((sum, one) => sum + one, 0));
    }

    get change() {
        if (this.state.split) {
            return Math.max(-this.left, 0);
        }
        const received = this.number(this.state.received);
        return this.state.method === "cash" && received > this.state.totals.total
            ? this.rounded(received - this.state.totals.total)
            : 0;
    }

    splitPayment() {
        this.state.split = !this.state.split;
        this.state.parts = {};
    }

    /** One press pays the rest by this means. */
    payRest(code) {
        const own = this.number(this.state.parts[code]);
        const amount = this.rounded(this.left + own);
        this.state.parts[code] = amount > 0 ? String(amount) : "";
    }

    async sell() {
        if (this.ready) {
            await this.send("counter_sell", this.values, (total) => {
                this.state.totals.total = total;
                return _t("It costs %s now: tell the customer, and sell again.", this.money(total));
            });
        }
    }

    /** Send a sale or a return; `onChanged` says what to do when it costs another sum. */
    async send(method, values, onChanged) {
        this.state.busy = true;
        this.state.problem = "";
        this.state.refusal = "";
        try {
            const result = await this.orm.call(MODEL, method, [values]);
            if (result.changed !== undefined) {
                this.state.problem = onChanged(result.changed);
            } else if (result.doubles) {
                this.state.doubles = result.doubles;
                this.state.problem = _t(
                    "The customer may be here already: choose, or press again."
                );
            } else if (result.identity) {
                this.state.refusal = result.identity;
                this.state.overrule = result.overrule;
                navigator.vibrate?.([90, 60, 90]);
            } else {
                this.state.done = result;
                this.state.today = result.today;
            }
        } catch (error) {
            // The token stays: pressing again after a lost answer sells once
            this.state.problem =
                error?.data?.message ||
                _t("The network is gone. Press the button again: it is done once only.");
        } finally {
            this.state.busy = false;
        }
    }

    // Taking back

    toggleBack() {
        const { today, back } = this.state;
        Object.assign(this.state, this.fresh(), { today, back: !back });
    }

    async findSale(text) {
        this.state.problem = "";
        const found = await this.orm.call(MODEL, "counter_return_find", [
            this.shop.boutique.id,
            text,
        ]);
        this.state.sale = found.sale || null;
        this.state.problem = found.error || "";
        if (!found.sale) {
            navigator.vibrate?.([90, 60, 90]);
            return;
        }
        const methods = this.shop.methods.map((one) => one.code);
        this.state.method = methods.includes(found.sale.method) ? found.sale.method : "cash";
        const sound = found.sale.items.filter((item) => !item.problem);
        if (sound.length === 1) {
            sound[0].chosen = sound[0].quantity;
        }
        this.state.agreed = undefined;
    }

    choosePieces(item, event) {
        const wanted =
            event.target.type === "checkbox"
                ? event.target.checked && item.quantity
                : this.number(event.target.value);
        item.chosen = Math.min(Math.max(wanted || 0, 0), item.quantity);
        this.state.agreed = undefined;
    }

    /** As the server does it: together with those before, pieces bring what was paid. */
    refundOf({ paid, sold, given, quantity, chosen }) {
        return this.rounded((paid * (sold - quantity + chosen)) / sold) - given;
    }

    get refund() {
        const { sale, agreed } = this.state;
        if (agreed !== undefined) {
            return agreed;
        }
        return this.rounded(
            (sale?.items || [])
                .filter((item) => item.chosen)
                .reduce((sum, item) => sum + this.refundOf(item), 0)
        );
    }

    get backReady() {
        const { sale, reason, busy } = this.state;
        return sale && reason && !busy && sale.items.some((item) => item.chosen);
    }

    async takeBack() {
        if (!this.backReady) {
            return;
        }
        const { token, sale, reason, method } = this.state;
        const values = {
            token,
            boutique_id: this.shop.boutique.id,
            sale_id: sale.id,
            items: sale.items
                .filter((item) => item.chosen)
                .map((item) => ({ id: item.id, quantity: item.chosen })),
            reason,
            payment_method: method,
            total: this.refund,
        };
        await this.send("counter_take_back", values, (total) => {
            this.state.agreed = total;
            return _t(
                "%s is to be given back: tell the customer, and press again.",
                this.money(total)
            );
        });
    }

    async openDrawer() {
        await this.actionService.doAction(
            await this.orm.call("telecom.cash.day", "action_open_today", [this.shop.boutique.id])
        );
    }

    next() {
        const today = this.state.today;
        Object.assign(this.state, this.fresh(), { today });
    }
}

registry.category("actions").add("telecom_stock.counter", Counter);
