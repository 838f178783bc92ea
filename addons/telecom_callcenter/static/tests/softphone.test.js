import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { EventBus } from "@odoo/owl";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { microphoneConstraints } from "@telecom_callcenter/softphone/audio";
import { PhoneLock } from "@telecom_callcenter/softphone/phone_lock";
import { microphoneErrorCode, phoneMessage } from "@telecom_callcenter/softphone/phone_messages";
import { SipPhone, websocketUrl } from "@telecom_callcenter/softphone/sip_phone";

describe.current.tags("headless");

/** Just enough of JsSIP to see what the adapter does with it. */
class Emitter {
    constructor() {
        this.listeners = {};
    }
    on(name, callback) {
        (this.listeners[name] ||= []).push(callback);
    }
    emit(name, payload = {}) {
        (this.listeners[name] || []).forEach((callback) => callback(payload));
    }
}

class FakeSession extends Emitter {
    direction = "incoming";
    id = "s1";
    remote_identity = { uri: { user: "0197123456" }, display_name: "" };
    established = false;
    isEstablished() {
        return this.established;
    }
    isEnded() {
        return false;
    }
    answer(options) {
        expect.step(`answer ${Boolean(options.mediaStream)}`);
        this.established = true;
        this.emit("accepted");
    }
    terminate(options) {
        const why = options?.status_code || options?.extraHeaders || "";
        expect.step(`terminate ${why}`.trim());
        this.emit("ended", { cause: "Terminated", originator: "local" });
    }
    hold(options, done) {
        this.emit("hold", { originator: "local" });
        done();
        return true;
    }
    unhold(options, done) {
        this.emit("unhold", { originator: "local" });
        done();
        return true;
    }
    mute() {
        this.emit("muted");
    }
    unmute() {
        this.emit("unmuted");
    }
    sendDTMF(digits, options) {
        expect.step(`digits ${digits} ${options.transportType}`);
    }
}

class FakeAgent extends Emitter {
    constructor(configuration) {
        super();
        this.configuration = configuration;
        FakeAgent.last = this;
    }
    start() {}
    stop() {
        expect.step("stop");
    }
    isConnected() {
        return true;
    }
    register() {
        expect.step("register");
    }
    set(name, value) {
        expect.step(`${name}=${value}`);
    }
    ring(headers = {}) {
        const session = new FakeSession();
        this.emit("newRTCSession", {
            session,
            request: { getHeader: (name) => headers[name] },
        });
        return session;
    }
}

const LIBRARY = {
    WebSocketInterface: class {},
    UA: FakeAgent,
    C: { DTMF_TRANSPORT: { RFC2833: "RFC2833" } },
};
const ACCOUNT = {
    websocket_url: "wss://host/ws",
    uri: "sip:agent4@host",
    username: "agent4",
    secret: "s3cret",
    ice_servers: [],
};
const MICROPHONE = { getTracks: () => [{ stop: () => expect.step("microphone off") }] };

let phone = null;
let agent = null;

beforeEach(() => {
    phone = new SipPhone(LIBRARY, ACCOUNT);
    agent = FakeAgent.last;
    for (const event of ["registered", "refused", "session", "ended"]) {
        phone.addEventListener(event, ({ detail }) =>
            expect.step(
                event +
                    (event === "session" ? (detail.autoAnswer ? " auto" : " rings") : "") +
                    (event === "refused" ? ` ${detail.status}` : "")
            )
        );
    }
});

test("the PBX is on the page's own host unless it says otherwise", () => {
    expect(websocketUrl("/ws", "https://desk.example.com/odoo")).toBe("wss://desk.example.com/ws");
    expect(websocketUrl("/ws", "http://localhost:8069/odoo")).toBe("ws://localhost:8069/ws");
    expect(websocketUrl("wss://pbx.example.com:8089/ws", "https://a.b/")).toBe(
        "wss://pbx.example.com:8089/ws"
    );
});

test("a call rings, is answered, held, muted and hung up", async () => {
    agent.ring();
    expect(phone.describe()).toEqual({
        id: "s1",
        direction: "incoming",
        state: "ringing",
        number: "0197123456",
        name: "",
        since: false,
    });
    phone.answer(MICROPHONE);
    expect(phone.describe().state).toBe("active");
    expect(await phone.setHold(true)).toBe(true);
    expect(phone.held).toBe(true);
    expect(await phone.setHold(true)).toBe(false);
    await phone.setHold(false);
    expect(phone.held).toBe(false);
    phone.setMute(true);
    expect(phone.muted).toBe(true);
    phone.sendDigits("12#");
    phone.hangup();
    expect(phone.describe()).toBe(false);
    expect.verifySteps([
        "session rings",
        "answer true",
        "digits 12# RFC2833",
        "terminate",
        "microphone off",
        "ended",
    ]);
});

test("a page that is left in a call says that the caller lost her agent", () => {
    agent.ring();
    phone.leave();
    expect.verifySteps(["session rings"]);
    phone.answer(MICROPHONE);
    phone.leave();
    expect.verifySteps([
        "answer true",
        "terminate Reason: Q.850;cause=38",
        "microphone off",
        "ended",
    ]);
    phone.leave();
    expect.verifySteps([]);
});

test("the PBX's own header asks the browser to pick up by itself", () => {
    agent.ring({ "X-Telecom-Answer": "1" });
    expect.verifySteps(["session auto"]);
});

test("a second call is refused as busy, the first goes on", () => {
    agent.ring();
    agent.ring();
    expect(phone.describe().state).toBe("ringing");
    expect.verifySteps(["session rings", "terminate 486"]);
});

test("refusals carry the PBX's answer; a new secret registers at once", () => {
    agent.emit("registrationFailed", { response: { status_code: 403 }, cause: "Rejected" });
    agent.emit("registrationFailed", { response: null, cause: "Connection Error" });
    phone.renewSecret("other");
    expect.verifySteps(["refused 403", "refused 0", "password=other", "register"]);
});

test("the secret is given to the library only", () => {
    expect(agent.configuration.password).toBe("s3cret");
    expect(Object.values(phone)).not.toInclude("s3cret");
});

test("a missing headset does not keep the agent from answering", () => {
    const constraints = microphoneConstraints({
        microphone: "abc",
        echoCancellation: false,
        noiseSuppression: true,
        autoGainControl: true,
    });
    expect(constraints.audio.deviceId).toEqual({ ideal: "abc" });
    expect(constraints.audio.echoCancellation).toBe(false);
});

test("each trouble says what to do about it", () => {
    allowTranslations();
    expect(microphoneErrorCode({ name: "NotAllowedError" })).toBe("microphone_refused");
    expect(microphoneErrorCode({ name: "NotFoundError" })).toBe("microphone_missing");
    expect(microphoneErrorCode({ name: "SecurityError" })).toBe("insecure");
    expect(microphoneErrorCode({ name: "NotReadableError" })).toBe("microphone_busy");
    for (const code of [
        "microphone_refused",
        "microphone_missing",
        "microphone_busy",
        "insecure",
        "lost",
        "unreachable",
        "refused",
        "elsewhere",
        "server",
        "listen",
        "anything else",
    ]) {
        const { title, help } = phoneMessage(code);
        expect(String(title).length).toBeGreaterThan(5);
        expect(String(help).length).toBeGreaterThan(5);
    }
});

/** The Web Locks API, for one lock and several tabs. */
class FakeLocks extends EventBus {
    queue = [];
    holder = null;
    async query() {
        return { held: this.holder ? [{ name: this.holder.name }] : [] };
    }
    request(name, options, callback) {
        return new Promise((resolve, reject) => {
            const entry = { name, callback, resolve, reject };
            options.signal?.addEventListener("abort", () => {
                this.queue = this.queue.filter((each) => each !== entry);
                reject(new DOMException("", "AbortError"));
            });
            if (options.steal && this.holder) {
                const old = this.holder;
                this.holder = null;
                this.queue.unshift(entry);
                old.reject(new DOMException("", "AbortError"));
            } else {
                this.queue.push(entry);
            }
            this.next();
        });
    }
    next() {
        if (this.holder || !this.queue.length) {
            return;
        }
        const entry = (this.holder = this.queue.shift());
        entry.callback().then(() => {
            entry.resolve();
            if (this.holder === entry) {
                this.holder = null;
                this.next();
            }
        });
    }
}

function makeTab(name, locks) {
    const lock = new PhoneLock("phone", locks);
    for (const event of ["acquired", "waiting", "lost"]) {
        lock.addEventListener(event, () => expect.step(`${name} ${event}`));
    }
    return lock;
}

test("one tab holds the phone; the next gets it when the first is closed", async () => {
    const locks = new FakeLocks();
    const first = makeTab("first", locks);
    const second = makeTab("second", locks);
    await first.request();
    await second.request();
    expect.verifySteps(["first acquired", "second waiting"]);
    first.drop();
    await new Promise((resolve) => setTimeout(resolve));
    expect.verifySteps(["second acquired"]);
    expect(first.held).toBe(false);
});

test("another tab may take the phone", async () => {
    const locks = new FakeLocks();
    const first = makeTab("first", locks);
    const second = makeTab("second", locks);
    await first.request();
    second.steal();
    await new Promise((resolve) => setTimeout(resolve));
    expect.verifySteps(["first acquired", "second acquired", "first lost"]);
    expect(second.held).toBe(true);
});
