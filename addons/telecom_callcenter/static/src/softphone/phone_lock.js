import { EventBus } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

/**
 * One tab of a browser holds the telephone. Uses the Web Locks API: the lock goes to
 * a waiting tab by itself when its holder is closed, reloaded or crashes.
 *
 * Events: `acquired`; `waiting` (another tab has it); `lost` (another tab took it).
 */
export class PhoneLock extends EventBus {
    /**
     * @param {string} name
     * @param {LockManager} [locks]
     */
    constructor(name, locks = browser.navigator.locks) {
        super();
        this.name = name;
        this.locks = locks;
        this.held = false;
        this.release = null;
        this.waiting = null;
    }

    /** Ask for the telephone; wait for it when another tab has it. */
    async request() {
        if (this.held || this.waiting) {
            return;
        }
        if (!this.locks) {
            // Old browser: no arbitration, every tab is on its own.
            this.held = true;
            this.trigger("acquired");
            return;
        }
        const controller = new AbortController();
        this.waiting = controller;
        const state = await this.locks.query();
        if (controller.signal.aborted) {
            return;
        }
        if (state.held.some((lock) => lock.name === this.name)) {
            this.trigger("waiting");
        }
        this._hold({ signal: controller.signal });
    }

    /** Take the telephone from whichever tab has it. */
    steal() {
        this.waiting?.abort();
        this.waiting = null;
        if (this.locks) {
            this._hold({ steal: true });
        }
    }

    /** Give the telephone back, and wait for it no longer. */
    drop() {
        this.waiting?.abort();
        this.waiting = null;
        this.held = false;
        this.release?.();
        this.release = null;
    }

    async _hold(options) {
        try {
            await this.locks.request(this.name, options, () => {
                this.waiting = null;
                this.held = true;
                this.trigger("acquired");
                return new Promise((resolve) => {
                    this.release = resolve;
                });
            });
        } catch (error) {
            if (error.name !== "AbortError") {
                throw error;
            }
            // Either we stopped waiting, or another tab took the telephone.
            if (this.held) {
                this.held = false;
                this.release = null;
                this.trigger("lost");
            }
        }
    }
}
