import { EventBus } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

/** The call command makes the browser pick up by itself with this header. */
export const AUTO_ANSWER_HEADER = "X-Telecom-Answer";

// What the PBX takes for a lost agent (gateway/render.py): the caller is queued again.
const LOST_REASON = "Reason: Q.850;cause=38";

// ICE candidates that come later are not worth the silence of waiting for them.
const ICE_PATIENCE_MS = 600;

/**
 * Where the PBX's websocket is: `/ws` of the page's own host, or an address in full.
 *
 * @param {string} url
 * @param {string} [base] address of the page
 * @returns {string} ws:// or wss://
 */
export function websocketUrl(url, base = browser.location.href) {
    const full = new URL(url, base);
    full.protocol = full.protocol.replace("http", "ws");
    return full.href;
}

/**
 * A thin adapter around JsSIP: one registration, one call at a time. The only file
 * that knows JsSIP.
 *
 * Events (`detail`):
 *  - `connecting`, `connected`
 *  - `disconnected` {code, reason}
 *  - `registered`
 *  - `refused` {status, reason}: the PBX did not accept the registration
 *  - `session` {session}: a call arrived; see describe()
 *  - `progress`: the call changed (answered, held, muted)
 *  - `ended` {cause, by}: the call is over
 *  - `track` {stream}: the other side's voice
 */
export class SipPhone extends EventBus {
    /**
     * @param {Object} library JsSIP
     * @param {Object} account {websocket_url, uri, username, secret, ice_servers}
     */
    constructor(library, account) {
        super();
        this.library = library;
        this.iceServers = account.ice_servers || [];
        this.session = null;
        this.stream = null;
        this.accepted = false;
        this.held = false;
        this.muted = false;
        const socket = new library.WebSocketInterface(websocketUrl(account.websocket_url));
        this.agent = new library.UA({
            sockets: [socket],
            uri: account.uri,
            authorization_user: account.username,
            password: account.secret,
            register: true,
            register_expires: 300,
            // Asterisk watches the call's life itself (RTP and qualify time-outs).
            session_timers: false,
            no_answer_timeout: 180,
            connection_recovery_min_interval: 1,
            connection_recovery_max_interval: 8,
            user_agent: "Telecom desk",
        });
        this.agent.on("connecting", () => this.trigger("connecting"));
        this.agent.on("connected", () => this.trigger("connected"));
        this.agent.on("disconnected", ({ code, reason }) =>
            this.trigger("disconnected", { code, reason })
        );
        this.agent.on("registered", () => this.trigger("registered"));
        this.agent.on("registrationFailed", ({ response, cause }) =>
            this.trigger("refused", {
                status: response ? response.status_code : 0,
                reason: cause,
            })
        );
        this.agent.on("newRTCSession", ({ session, request }) => this.onSession(session, request));
    }

    get connected() {
        return this.agent.isConnected();
    }

    get registered() {
        return this.agent.isRegistered();
    }

    start() {
        this.agent.start();
    }

    /** Unregister and hang up. A page that is left calls `leave` instead. */
    stop() {
        this.agent.stop();
        this.releaseMicrophone();
    }

    /**
     * The page goes away in a call: say so, for the PBX to queue the caller again at
     * once. Nothing is awaited: there is no time left.
     */
    leave() {
        if (this.session?.isEstablished()) {
            this.session.terminate({ extraHeaders: [LOST_REASON] });
        }
    }

    register() {
        if (this.connected) {
            this.agent.register();
        }
    }

    /** Use a new secret from the next registration on. */
    renewSecret(secret) {
        this.agent.set("password", secret);
        this.register();
    }

    onSession(session, request) {
        if (session.direction !== "incoming") {
            return;
        }
        if (this.session) {
            session.terminate({ status_code: 486 });
            return;
        }
        this.session = session;
        this.accepted = false;
        this.held = false;
        this.muted = false;
        const autoAnswer = request.getHeader(AUTO_ANSWER_HEADER) !== undefined;
        session.on("peerconnection", ({ peerconnection }) =>
            this.watchConnection(session, peerconnection)
        );
        let patience = false;
        session.on("icecandidate", ({ ready }) => {
            patience ||= browser.setTimeout(ready, ICE_PATIENCE_MS);
        });
        session.on("accepted", () => {
            this.accepted = true;
            this.trigger("progress");
        });
        for (const event of ["confirmed", "muted", "unmuted"]) {
            session.on(event, () => this.trigger("progress"));
        }
        session.on("hold", ({ originator }) => {
            this.held = originator === "local" || this.held;
            this.trigger("progress");
        });
        session.on("unhold", ({ originator }) => {
            this.held = originator === "local" ? false : this.held;
            this.trigger("progress");
        });
        const over = ({ originator, cause }) => {
            if (this.session === session) {
                this.session = null;
                this.releaseMicrophone();
                this.trigger("ended", { cause, by: originator });
            }
        };
        session.on("ended", over);
        session.on("failed", over);
        this.trigger("session", { session: this.describe(), autoAnswer });
    }

    watchConnection(session, connection) {
        connection.addEventListener("track", ({ track, streams }) => {
            this.trigger("track", { stream: streams[0] || new MediaStream([track]) });
        });
        connection.addEventListener("iceconnectionstatechange", () => {
            // The network changed under the call (Wi-Fi to cable, a VPN): find
            // another way for the voice instead of sitting in silence.
            if (
                connection.iceConnectionState === "failed" &&
                this.session === session &&
                session.isEstablished()
            ) {
                session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
            }
        });
    }

    /** @returns {Object|false} the call, in plain data */
    describe() {
        const session = this.session;
        if (!session) {
            return false;
        }
        const identity = session.remote_identity;
        return {
            id: session.id,
            direction: session.direction,
            state: this.accepted || session.isEstablished() ? "active" : "ringing",
            number: identity?.uri?.user || "",
            name: identity?.display_name || "",
            since: session.start_time ? session.start_time.getTime() / 1000 : false,
        };
    }

    /** @param {MediaStream} stream the microphone; this phone stops it afterwards */
    answer(stream) {
        this.stream = stream;
        this.session.answer({
            mediaStream: stream,
            mediaConstraints: { audio: true, video: false },
            pcConfig: { iceServers: this.iceServers },
        });
    }

    hangup() {
        // `terminate` throws on a session that ended meanwhile.
        if (this.session && !this.session.isEnded()) {
            this.session.terminate();
        }
    }

    /** @returns {Promise<boolean>} whether the other side accepted it */
    setHold(held) {
        const session = this.session;
        if (!session?.isEstablished() || this.held === held) {
            return Promise.resolve(false);
        }
        return new Promise((resolve) => {
            const done = () => resolve(true);
            const started = held ? session.hold({}, done) : session.unhold({}, done);
            if (!started) {
                resolve(false);
            }
        });
    }

    setMute(muted) {
        if (!this.session) {
            return;
        }
        this.session[muted ? "mute" : "unmute"]({ audio: true });
        this.muted = muted;
        this.trigger("progress");
    }

    sendDigits(digits) {
        this.session?.sendDTMF(digits, {
            transportType: this.library.C.DTMF_TRANSPORT.RFC2833,
            duration: 120,
            interToneGap: 80,
        });
    }

    /** Speak through another microphone during a call. */
    async replaceMicrophone(stream) {
        const sender = this.session?.connection
            ?.getSenders()
            .find((candidate) => candidate.track?.kind === "audio");
        const track = stream.getAudioTracks()[0];
        if (!sender || !track) {
            stream.getTracks().forEach((each) => each.stop());
            return;
        }
        track.enabled = !this.muted && !this.held;
        await sender.replaceTrack(track);
        this.releaseMicrophone();
        this.stream = stream;
    }

    releaseMicrophone() {
        this.stream?.getTracks().forEach((track) => track.stop());
        this.stream = null;
    }
}
