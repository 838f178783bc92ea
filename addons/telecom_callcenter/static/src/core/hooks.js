import { onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";
import { availableActions, formatDuration, statusWithPhone } from "./desk_model";
import { statusLabel } from "./labels";

/** The desk and the phone, re-rendering the component when they change. */
export function useDesk() {
    const desk = useState(useService("telecom_desk"));
    const phone = useState(useService("telecom_softphone"));
    return { desk, phone };
}

/**
 * Timers that go on by themselves: what reads the desk's tick renders each second.
 *
 * @param {Desk} desk
 * @returns {{since: (moment: number|false) => string, seconds: (moment) => number}}
 */
export function useTimer(desk) {
    return {
        seconds: (moment) => desk.elapsed(moment),
        since: (moment) => formatDuration(desk.elapsed(moment)),
    };
}

/** Do something every so many milliseconds while the component is there. */
export function useEvery(milliseconds, callback) {
    let timer;
    onMounted(() => {
        timer = browser.setInterval(callback, milliseconds);
    });
    onWillUnmount(() => browser.clearInterval(timer));
}

/** What the agent can do with calls, whichever device she has. */
export class CallControl {
    constructor(desk, phone) {
        this.desk = desk;
        this.phone = phone;
    }

    get device() {
        return this.desk.agent?.device || "browser";
    }

    get browserPhone() {
        return this.device === "browser";
    }

    get muted() {
        return this.browserPhone ? this.phone.muted : this.desk.phoneMuted;
    }

    /** What the agent does, in one word: see statusOf(). */
    get status() {
        const session = this.browserPhone && this.phone.session;
        return statusWithPhone(this.desk.state, session, this.desk.offset);
    }

    get statusText() {
        const { reason } = this.desk.state;
        const { key } = this.status;
        return key === "not_ready" && reason ? reason.name : statusLabel(key);
    }

    get can() {
        const { session, held, usable } = this.phone;
        return availableActions(this.desk.state, this.device, {
            session,
            held,
            usable,
            muted: this.muted,
        });
    }

    /** Ready needs a microphone that works; better known before the first call. */
    async ready() {
        if (this.browserPhone && this.phone.role !== "follower") {
            if (!(await this.phone.checkMicrophone())) {
                return false;
            }
        }
        if (window.Notification?.permission === "default") {
            // Only asks; the agent may refuse and the tab's title still rings.
            window.Notification.requestPermission();
        }
        return this.desk.setPresence("ready");
    }

    answer() {
        return this.browserPhone ? this.phone.act("answer") : this.desk.command("answer");
    }

    hangup() {
        if (this.browserPhone && this.phone.session) {
            return this.phone.act("hangup");
        }
        return this.desk.command("hangup");
    }

    toggleHold() {
        const held = this.can.hold;
        if (this.browserPhone) {
            return this.phone.act("setHold", held);
        }
        return this.desk.command(held ? "hold" : "unhold");
    }

    async toggleMute() {
        const muted = !this.muted;
        if (this.browserPhone) {
            return this.phone.act("setMute", muted);
        }
        if (await this.desk.command(muted ? "mute" : "unmute")) {
            this.desk.phoneMuted = muted;
        }
    }

    digits(digits) {
        if (this.browserPhone) {
            return this.phone.act("sendDigits", digits);
        }
        return this.desk.sendDigits(digits);
    }

    /**
     * @param {string} target `agent:<id>`, `queue:<id>` or a number
     * @param {boolean} attended speak to the target first
     * @param {string} [name] what people call the target
     */
    transfer(target, attended, name = target) {
        this.desk.consultName = name;
        return this.desk.command(attended ? "attended_transfer" : "blind_transfer", {
            target,
        });
    }

    complete() {
        return this.desk.command("complete_transfer");
    }

    conference() {
        return this.desk.command("conference");
    }

    cancelTransfer() {
        return this.desk.command("cancel_transfer");
    }
}

/** @returns {{desk: Desk, phone: Softphone, control: CallControl}} */
export function useCallControl() {
    const { desk, phone } = useDesk();
    return { desk, phone, control: new CallControl(desk, phone) };
}
