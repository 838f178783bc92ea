"""Asterisk's files, from plain values: no ORM, no I/O.

``render(configuration)`` returns ``{file name: text}``. Every value that people typed
passes through :func:`word`, :func:`label` or ``int()``: whatever stands in Odoo, no
line can be added to a file and no step to the dialplan.
"""

import hashlib
import re
from typing import NamedTuple

from ..engine.attempts import TO_AGENT
from ..engine.priority import RETURN_PRIORITY

#: A heartbeat older than this many seconds means that nobody is there.
HEARTBEAT_SECONDS = 6
#: Causes of the agent's hangup after which the caller is queued again: the audio
#: stopped (44), or the gateway removed the stale channel of a reloaded page (38).
LOST_CAUSES = (44, 38)
#: Members' penalties start here, so that the agent a caller lost can stand below.
PENALTY_BASE = 10
RETURN_PENALTY = 5
#: How long a lost agent alone is offered the caller she was talking to: a page is back
#: and registered within seconds.
RETURN_SECONDS = 10
#: Asterisk's own "no limit" for penalties.
NO_LIMIT = 2147483647
#: Seconds an agent rests between calls when the gateway is not there to say more.
DEFAULT_REST_SECONDS = 15
DIAL_SECONDS = 60
TRANSFER_SECONDS = 25
#: An attempt that reaches the dialplan later than this after it was recorded is not
#: dialed any more: whoever finds it afterwards knows that it never will be.
DIAL_WITHIN_SECONDS = 5
#: Family of Asterisk's database in which emergency stops stand: they hold with Odoo,
#: the gateway or Asterisk itself started anew.
STOP_FAMILY = "telecom-stop"
#: Causes that a trunk itself gives, not whoever is called: 5xx, and no way there.
TRUNK_CAUSES = (0, 3, 20, 27, 29, 34, 38, 41, 42, 44, 47, 63, 79, 102)
#: How long a call waits for its turn on a trunk, by its calls per second, before the
#: next trunk is tried.
TURN_MILLISECONDS = 2000
#: How long the message to a person without an agent waits for the refusal's key.
REFUSAL_SECONDS = 4
#: How long a seller who has answered is waited for to press a key, twice.
CONFIRM_SECONDS = 6
#: Milliseconds; Asterisk's EPOCH counts whole seconds only.
_NOW = "${STRFTIME(,,%s%3q)}"
_STOPPED = " | ".join(
    f"${{DB_EXISTS({STOP_FAMILY}/{key})}}"
    for key in ("all", "o${TELECOM_COMPANY}", "c${TELECOM_CAMPAIGN}")
)

_UNSAFE = re.compile(r"[^\w.:/@+*-]", re.ASCII)
_UNSAFE_LABEL = re.compile(r"[^\w .:/@+'-]")
_CODECS = {
    "alaw", "ulaw", "opus", "g722", "g729", "gsm", "slin", "slin16", "ilbc", "speex",
    "g726", "g723", "vp8", "h264",
}  # fmt: skip


def word(value):
    """``value`` as one ASCII word of a configuration file; what does not fit is cut."""
    return _UNSAFE.sub("", str(value or ""))[:128]


def label(value):
    """``value`` as text that people read, on one line and without separators."""
    return _UNSAFE_LABEL.sub("", str(value or ""))[:64].strip()


def codecs(value):
    names = [name.strip().lower() for name in str(value or "").split(",")]
    unknown = [name for name in names if name not in _CODECS]
    if unknown:
        raise ValueError(f"Unknown codec: {', '.join(map(label, unknown))}")
    return ",".join(names)


def render(configuration):
    """Render everything.

    :param dict configuration: what ``telecom.pbx._gateway_configuration`` returns
    :return: texts by file name; the dialplan's global ``TELECOM_REVISION`` is the
        digest of them all, so that a reload can be checked
    :rtype: dict[str, str]
    :raises ValueError: a value that cannot be rendered, with a message for people
    """
    texts = {
        "pjsip.conf": _pjsip(configuration),
        "queues.conf": _queues(configuration),
        "queuerules.conf": _queue_rules(),
        "features.conf": _features(),
        "extensions.conf": _extensions(configuration),
    }
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:16]
    texts["extensions.conf"] = (
        f"[globals]\nTELECOM_REVISION={digest}\n\n" + texts["extensions.conf"]
    )
    return texts


def revision(texts):
    """The digest that :func:`render` wrote into the dialplan."""
    return re.search(r"^TELECOM_REVISION=(\w+)$", texts["extensions.conf"], re.M)[1]


def section(name, **options):
    lines = [f"[{name}]"]
    for option, value in options.items():
        lines.append(f"{option}={value}")
    return "\n".join(lines) + "\n"


# -- SIP ---------------------------------------------------------------------


def _pjsip(configuration):
    language = word(configuration["language"])
    parts = []
    for trunk in configuration["trunks"]:
        parts.append(_trunk(trunk, language, len(configuration["trunks"]) > 1))
    for agent in configuration["agents"]:
        parts.append(_agent(agent, language))
    return "\n".join(parts)


def _trunk(trunk, language, others):
    name = f"trunk{int(trunk['id'])}"
    host, port = word(trunk["host"]), int(trunk["port"])
    endpoint = {
        "type": "endpoint",
        "transport": "transport-udp",
        "context": f"telecom-in-{name}",
        "disallow": "all",
        "allow": codecs(trunk["codecs"]),
        "aors": name,
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "language": language,
        "send_rpid": "no",
        "send_pai": "yes",
        "trust_id_inbound": "no",
        # By its address only: whoever wrote its name into From would be let in without
        # a password, from browsers too.
        "identify_by": "ip",
        "allow_transfer": "no",
        "allow_subscribe": "no",
        # A call whose network is gone must end; silence suppression must not end it.
        "rtp_timeout": 120,
        "rtp_timeout_hold": 900,
    }
    # Every channel of the trunk counts, in and out: see _dial_trunks.
    endpoint["set_var"] = f"GROUP(telecom-trunk)={name}"
    parts = []
    if trunk["username"]:
        endpoint["outbound_auth"] = name
        user = word(trunk["username"])
        # A network that gives out a password wants to be told where we are.
        parts.append(
            section(
                name,
                type="registration",
                transport="transport-udp",
                outbound_auth=name,
                server_uri=f"sip:{host}:{port}",
                client_uri=f"sip:{user}@{host}:{port}",
                contact_user=user,
                expiration=300,
                retry_interval=30,
                # A wrong password is not tried so often that the network bars us.
                forbidden_retry_interval=600,
                fatal_retry_interval=600,
                max_retries=100000,
            )
        )
        parts.append(
            section(
                name,
                type="auth",
                auth_type="userpass",
                username=user,
                password=_secret(trunk["secret"]),
            )
        )
    parts += [
        section(name, **endpoint),
        section(
            name,
            type="aor",
            contact=f"sip:{host}:{port}",
            # Many networks answer no OPTIONS: only where there is another way is it
            # worth knowing, since an unanswered one closes this.
            qualify_frequency=30 if others else 0,
            qualify_timeout=3,
        ),
        section(
            name,
            type="identify",
            endpoint=name,
            match=",".join(
                word(match) for match in (trunk["match"] or host).split(",")
            ),
        ),
    ]
    return "\n".join(parts)


def _secret(value):
    text = str(value or "")
    if re.search(r"[\r\n;\\]", text):
        raise ValueError("A trunk's secret has a character that Asterisk cannot read.")
    return text


def _agent(agent, language):
    name = f"agent{int(agent['id'])}"
    browser = agent["device"] == "browser"
    endpoint = {
        "type": "endpoint",
        # An agent's device dials nothing by itself: see [telecom-agents].
        "context": "telecom-agents",
        "disallow": "all",
        "allow": "opus,alaw,ulaw" if browser else "alaw,ulaw",
        "aors": name,
        "auth": name,
        "identify_by": "username",
        "callerid": f'"{label(agent["name"])}" <{word(agent["extension"])}>',
        "direct_media": "no",
        "device_state_busy_at": 1,
        "language": language,
        "allow_transfer": "no",
        "allow_subscribe": "no",
        # A closed tab sends nothing: after this long the caller is queued again. Desk
        # phones may fall silent for a while.
        "rtp_timeout": 4 if browser else 30,
        "rtp_timeout_hold": 600,
    }
    if browser:
        endpoint |= {"webrtc": "yes", "dtls_auto_generate_cert": "yes"}
    else:
        endpoint |= {
            "transport": "transport-udp",
            "rtp_symmetric": "yes",
            "force_rport": "yes",
            "rewrite_contact": "yes",
        }
    return "\n".join(
        [
            section(name, **endpoint),
            section(
                name,
                type="aor",
                max_contacts=1,
                remove_existing="yes",
                qualify_frequency=5,
                qualify_timeout=2,
                minimum_expiration=30,
                maximum_expiration=300,
            ),
        ]
    )


# -- queues ------------------------------------------------------------------


def _queues(configuration):
    parts = []
    for queue in configuration["queues"]:
        announce = queue["announce_position"] and queue["announce_seconds"]
        parts.append(
            section(
                f"queue{int(queue['id'])}",
                strategy=word(queue["strategy"]),
                timeout=int(queue["ring_seconds"]),
                retry=1,
                # The gateway or [telecom-disconnect] says when an agent is free again.
                wrapuptime=0,
                maxlen=int(queue["max_length"]),
                weight=int(queue["weight"]),
                servicelevel=int(queue["service_level_seconds"]),
                musicclass=word(queue["music_class"]) or "default",
                **{
                    "announce-frequency": int(queue["announce_seconds"])
                    if announce
                    else 0,
                    "announce-position": "yes" if announce else "no",
                    "announce-holdtime": "no",
                    "min-announce-frequency": 15,
                },
                autofill="yes",
                ringinuse="no",
                autopause="no",
                joinempty="yes",
                leavewhenempty="no",
                setinterfacevar="yes",
                timeoutpriority="app",
                penaltymemberslimit=0,
                reportholdtime="no",
            )
        )
    return "\n".join(parts)


def _queue_rules():
    # A caller who lost her agent is offered to that agent alone, then to everybody.
    # The lower limit is said too: left out, Asterisk raises it to the upper one, and
    # nobody could take the caller any more.
    return f"[telecom-return]\npenaltychange => {RETURN_SECONDS},2147483646,0,0\n"


def _features():
    # Played by the gateway on an agent's channel, never typed: codes that no menu uses.
    return (
        "[general]\n"
        "transferdigittimeout=3\n"
        f"atxfernoanswertimeout={TRANSFER_SECONDS}\n"
        "atxferdropcall=no\n"
        "atxferabort=**1\natxfercomplete=**2\natxferthreeway=**3\natxferswap=**4\n"
        "featuredigittimeout=800\n\n"
        "[featuremap]\n"
        "atxfer=**7\n"
        # Blind transfers are commands of the gateway; the default # belongs to menus.
        "blindxfer=**8\n"
    )


# -- dialplan ----------------------------------------------------------------


class Extension:
    """Lines of one extension."""

    def __init__(self, pattern):
        self.lines = []
        self._pattern = pattern

    def step(self, application, name=""):
        tag = f"({name})" if name else ""
        if self.lines:
            self.lines.append(f" same => n{tag},{application}")
        else:
            self.lines.append(f"exten => {self._pattern},1{tag},{application}")
        return self

    def __str__(self):
        return "\n".join(self.lines) + "\n"


# What a caller sends is hostile: only these characters go on.
_CLEAN_NUMBER = "Set(CALLERID(num)=${FILTER(+0-9,${CALLERID(num)}):0:32})"
_CLEAN_NAME = (
    "Set(CALLERID(name)=${FILTER( a-zA-Z0-9.\\x27\\x2d\\x80-\\xff,"
    "${CALLERID(name)}):0:64})"
)
# In a pattern, a bare n stands for a digit.
_AGENTS = "_age[n]tX!"
_FRESH = f"$[${{EPOCH}} - 0${{TELECOM_HEARTBEAT}} <= {HEARTBEAT_SECONDS}]"
_LOST = "$[" + " | ".join(f"0${{HANGUPCAUSE}} = {cause}" for cause in LOST_CAUSES) + "]"
#: Seconds since an agent (endpoint) was lost.
_LOST_LATELY = "${{EPOCH}} - 0${{GLOBAL(TELECOM_LOST_{})}}"


def _extensions(configuration):
    contexts = {}
    for trunk in configuration["trunks"]:
        contexts[f"telecom-in-trunk{int(trunk['id'])}"] = "include => telecom-did\n"
    contexts["telecom-did"] = _dids(configuration)
    queues = {queue["id"]: queue for queue in configuration["queues"]}
    sounds = configuration["sounds"]
    for campaign in configuration["campaigns"]:
        name = f"telecom-campaign{int(campaign['id'])}"
        contexts[name] = _campaign(campaign, queues, sounds, configuration["language"])
    contexts["telecom-closed"] = _outcome("closed")
    contexts["telecom-unavailable"] = _outcome("unavailable")
    contexts["telecom-say"] = (
        Extension("s")
        .step('GotoIf($["${TELECOM_PROMPT}" = ""]?end)')
        .step("Answer(500)")
        .step("Playback(${TELECOM_PROMPT})")
        .step("Hangup(16)", "end")
    )
    contexts["telecom-queue"] = "\n".join(
        str(_queue(queue)) for queue in configuration["queues"]
    )
    contexts["telecom-connect"] = _connect()
    contexts["telecom-disconnect"] = _disconnect()
    contexts["telecom-rest"] = _rest()
    # An agent's device dials nothing: calls out are originated by the gateway.
    contexts["telecom-agents"] = "; empty on purpose\n"
    trunks = [
        Trunk(
            f"trunk{int(trunk['id'])}",
            int(trunk["max_channels"]),
            round(1000 / rate) if (rate := float(trunk["calls_per_second"])) else 0,
        )
        for trunk in configuration["trunks"]
    ]
    contexts["telecom-dial"] = _dial(trunks)
    contexts["telecom-outbound"] = _outbound(trunks)
    contexts["telecom-customer"] = _customer(trunks, configuration["language"])
    contexts["telecom-outbound-leg"] = (
        Extension("s")
        .step("Set(CHANNEL(accountcode)=${TELECOM_ACCOUNT})")
        .step("Return()")
    )
    # Agents' devices pick up by themselves: somebody is on the line already.
    contexts["telecom-auto"] = (
        Extension("s")
        .step("Set(PJSIP_HEADER(add,X-Telecom-Answer)=1)")
        .step("Return()")
    )
    for campaign in configuration["outbound"]:
        name = f"telecom-answered{int(campaign['id'])}"
        contexts[name] = _answered(campaign, sounds, configuration["language"])
    contexts["telecom-blind"] = _transfer(trunks, back=True)
    contexts["telecom-consult"] = _consult()
    contexts["telecom-consult-to"] = _transfer(trunks, back=False)
    # On the channel that leaves: outside, the operator's service number is seen, never
    # an agent's name.
    contexts["telecom-outside"] = (
        Extension("s")
        .step("Set(CONNECTEDLINE(name,i)=)")
        .step("Set(CONNECTEDLINE(num,i)=${ARG1})")
        .step("Return()")
    )
    return "\n".join(f"[{name}]\n{text}" for name, text in contexts.items())


def _dids(configuration):
    parts = []
    live = {campaign["id"] for campaign in configuration["campaigns"]}
    for did in configuration["dids"]:
        number = re.sub(r"[^+0-9]", "", did["number"])
        if not number:
            continue
        company, campaign = int(did["company_id"]), int(did["campaign_id"] or 0)
        for variant in _variants(number):
            extension = (
                Extension(variant)
                .step(_CLEAN_NUMBER)
                .step(_CLEAN_NAME)
                .step(f"Set(CHANNEL(accountcode)={company}.{campaign})")
                .step(
                    f"CELGenUserEvent(TELECOM_CALL,{number}"
                    "|${CALLERID(num)}|${CALLERID(name)})"
                )
            )
            if campaign in live:
                extension.step(f"Goto(telecom-campaign{campaign},s,1)")
            else:
                extension.step("Set(TELECOM_PROMPT=)")
                extension.step("Goto(telecom-unavailable,s,1)")
            parts.append(str(extension))
    return "\n".join(parts)


def _variants(number):
    """Trunks write the same number with and without its plus sign."""
    bare = number.lstrip("+")
    return [bare] if len(bare) < 7 else [bare, f"+{bare}"]


def _campaign(campaign, queues, sounds, language):
    def prompt(kind):
        ident = campaign[f"{kind}_prompt_id"]
        return f"{sounds}/prompt{int(ident)}" if ident else ""

    extension = Extension("s").step(f"Set(CHANNEL(language)={word(language)})")
    if campaign["opening"] is not None:
        for start, end in campaign["opening"]:
            extension.step(
                f"GotoIf($[${{EPOCH}} >= {int(start)} & ${{EPOCH}} < {int(end)}]?open)"
            )
        # Nobody has rendered this file for two weeks: better to answer than not.
        horizon = int(campaign["opening_until"])
        extension.step(f"GotoIf($[${{EPOCH}} >= {horizon}]?open)")
        extension.step(f"Set(TELECOM_PROMPT={prompt('closed')})")
        extension.step("Goto(telecom-closed,s,1)")
    extension.step(f"Set(TELECOM_PROMPT={prompt('unavailable')})", "open")
    queue = queues.get(campaign["queue_id"])
    if not queue:
        return extension.step("Goto(telecom-unavailable,s,1)")
    if campaign["unavailable_policy"] == "message":
        extension.step(f"GotoIf({_FRESH}?fresh)")
        extension.step("Goto(telecom-unavailable,s,1)")
        extension.step("NoOp()", "fresh")
    extension.step("Answer()")
    if campaign["welcome_prompt_id"]:
        extension.step(f"Playback({prompt('welcome')})")
    return extension.step(f"Goto(telecom-queue,queue{int(queue['id'])},1)")


def _outcome(name):
    return (
        Extension("s")
        .step(f"CELGenUserEvent(TELECOM_OUTCOME,{name})")
        .step("Goto(telecom-say,s,1)")
    )


def _queue(queue):
    name = f"queue{int(queue['id'])}"
    seconds = int(queue["max_wait_seconds"])
    rest = int(queue["wrapup_seconds"]) or 1
    extension = (
        Extension(name)
        # What an earlier queue of the same call has left behind is of that queue.
        .step("Set(QUEUE_PRIO=0)")
        .step(f"Set(QUEUE_MAX_PENALTY={NO_LIMIT})", "first")
        .step(f"Set(__TELECOM_REST={rest})")
        .step(f"Set(TELECOM_QUEUE={name})")
        # One limit for the whole wait, however often the call is queued again.
        .step(f"Set(TELECOM_DEADLINE=$[${{EPOCH}} + {seconds or 86400}])")
        .step(f"Queue({name},ct,,,{seconds or ''},,telecom-connect)")
        .step('GotoIf($["${QUEUESTATUS}" = "CONTINUE"]?over)', "left")
        .step('GotoIf($["${QUEUESTATUS}" = "TIMEOUT"]?timeout)')
        .step("CELGenUserEvent(TELECOM_OUTCOME,full)")
        .step("Goto(telecom-say,s,1)")
        .step("CELGenUserEvent(TELECOM_OUTCOME,timeout)", "timeout")
        .step("Goto(telecom-say,s,1)")
        .step(f"GotoIf({_LOST}?again)", "over")
        .step("Hangup(16)")
        # The agent's tab closed or her network failed: first in line, and for some
        # seconds for her alone, if she is back.
        # After an attended transfer the gateway has set who she is.
        .step("CELGenUserEvent(TELECOM_REQUEUE,${MEMBERINTERFACE})", "again")
        .step(
            f"Set(QUEUE_MEMBER({name},penalty,${{MEMBERINTERFACE}})={RETURN_PENALTY})"
        )
        .step("UnpauseQueueMember(,${MEMBERINTERFACE})")
        .step(f"Set(QUEUE_MAX_PENALTY={RETURN_PENALTY})")
        .step(f"Set(QUEUE_PRIO={RETURN_PRIORITY})")
        .step("Set(TELECOM_LEFT=$[${TELECOM_DEADLINE} - ${EPOCH}])")
        .step("Set(TELECOM_LEFT=${IF($[${TELECOM_LEFT} > 60]?${TELECOM_LEFT}:60)})")
        .step(f"Queue({name},ct,,,${{TELECOM_LEFT}},,telecom-connect,telecom-return,1)")
        .step("Goto(left)")
    )
    return extension


def _connect():
    # Asterisk itself pauses the agent at answer: no call slips in before the wrap-up.
    return (
        Extension("s")
        .step("PauseQueueMember(,PJSIP/${CHANNEL(endpoint)},,call)")
        .step("Set(CHANNEL(hangup_handler_push)=telecom-disconnect,s,1)")
        .step("Return()")
    )


def _disconnect():
    # On the agent's channel, at its end. While the gateway is there it unpauses the
    # agent after the wrap-up; otherwise a short rest stands for it.
    return (
        Extension("s")
        .step(
            f"ExecIf({_LOST}?Set(GLOBAL(TELECOM_LOST_${{CHANNEL(endpoint)}})=${{EPOCH}}))"
        )
        .step(f"GotoIf({_FRESH}?end)")
        .step(
            "Set(TELECOM_SECONDS=${IF($[0${TELECOM_REST} > 0]?${TELECOM_REST}:"
            f"{DEFAULT_REST_SECONDS})}})"
        )
        .step(
            "Originate(Local/${CHANNEL(endpoint)}-${TELECOM_SECONDS}@telecom-rest/n,"
            "app,Wait,$[${TELECOM_SECONDS} + 30],,,a)"
        )
        .step("Return()", "end")
    )


def _rest():
    return (
        Extension(_AGENTS)
        .step("Answer()")
        .step("Wait(${CUT(EXTEN,-,2)})")
        # Meanwhile the gateway may be back: then it is the one who knows.
        .step(f"GotoIf({_FRESH}?end)")
        .step("UnpauseQueueMember(,PJSIP/${CUT(EXTEN,-,1)})")
        .step("Hangup(16)", "end")
    )


class Trunk(NamedTuple):
    """What the dialplan must know of a trunk.

    ``most``: channels, 0 for no limit; ``gap``: milliseconds between two calls.
    """

    name: str
    most: int
    gap: int


def _take_turn(extension, trunk, full):
    """Keep to the calls per second of a trunk, whoever calls over it and why.

    Each call takes the next free moment and waits for it; when that is too far away,
    the call goes on at ``full``.
    """
    if not trunk.gap:
        return
    following = f"TELECOM_NEXT_{trunk.name}"
    at = "${TELECOM_AT}"
    extension.step(f"Set(TELECOM_TURN=${{LOCK({trunk.name})}})")
    extension.step(f"Set(TELECOM_SINCE={_NOW})")
    extension.step(f"Set(TELECOM_AT=0${{GLOBAL({following})}})")
    extension.step(
        f"Set(TELECOM_AT=${{IF($[{at} > ${{TELECOM_SINCE}}]?{at}:${{TELECOM_SINCE}})}})"
    )
    extension.step(f"Set(TELECOM_WAIT=$[{at} - ${{TELECOM_SINCE}}])")
    extension.step(
        f"ExecIf($[${{TELECOM_WAIT}} <= {TURN_MILLISECONDS}]?"
        f"Set(GLOBAL({following})=$[{at} + {trunk.gap}]))"
    )
    extension.step(f"Set(TELECOM_TURN=${{UNLOCK({trunk.name})}})")
    extension.step(f"GotoIf($[${{TELECOM_WAIT}} > {TURN_MILLISECONDS}]?{full})")
    extension.step("ExecIf($[${TELECOM_WAIT} > 0]?Wait($[${TELECOM_WAIT} / 1000]))")


def _dial_trunks(extension, number, trunks, options):
    """Try the trunks in order; go on only while a trunk itself refuses or is full.

    :param list trunks: of :class:`Trunk`
    """
    for entry in trunks:
        trunk, most = entry.name, entry.most
        if most or entry.gap:
            extension.step("Set(DIALSTATUS=CONGESTION)")
        _take_turn(extension, entry, trunk)
        if most:
            count = f"${{GROUP_COUNT({trunk}@telecom-trunk)}}"
            extension.step(f"GotoIf($[{count} >= {most}]?{trunk})")
        extension.step(f"Dial(PJSIP/{number}@{trunk},{DIAL_SECONDS},{options})")
        extension.step(
            'GotoIf($["${DIALSTATUS}" != "CHANUNAVAIL" & '
            '"${DIALSTATUS}" != "CONGESTION"]?dialled)'
        )
        if most or entry.gap:
            extension.step("NoOp()", trunk)
    return extension


def _dial(trunks):
    # Runs on the agent's channel, once her device has answered the gateway's Originate.
    extension = (
        Extension("s")
        .step("Set(CHANNEL(accountcode)=${TELECOM_ACCOUNT})")
        .step("Set(CHANNEL(hangup_handler_push)=telecom-disconnect,s,1)")
        .step("Set(CALLERID(name)=)")
        .step("Set(CALLERID(num)=${TELECOM_CALLERID})")
        # Calls of campaigns that call out, dialed by an agent: see _outbound.
        .step('GotoIf($["${TELECOM_CAMPAIGN}" = ""]?dial)')
        .step(f"GotoIf($[{_STOPPED}]?stopped)")
        .step("NoOp()", "dial")
    )
    _dial_trunks(extension, "${TELECOM_NUMBER}", trunks, "T")
    extension.step("Hangup(${HANGUPCAUSE})", "dialled")
    return extension.step("Hangup(16)", "stopped")


def _outbound(trunks):
    """The dialer's calls, on the second half of a Local channel.

    Its extension is ``o<company>c<campaign>a<attempt>``, so that one regular expression
    takes back what rings for a campaign, an operator or everybody. What is said in
    CEL here is all that the ledger knows of an attempt that nobody answers.
    """
    causes = "|".join(map(str, TRUNK_CAUSES))
    elsewhere = f'${{REGEX("^({causes})$" ${{HANGUPCAUSE}})}}'
    extension = (
        Extension("_oX.")
        .step("Set(CHANNEL(accountcode)=${TELECOM_ACCOUNT})")
        .step("Set(CALLERID(name)=)")
        .step("Set(CALLERID(num)=${TELECOM_CALLERID})")
        .step("Set(TELECOM_STATUS=LATE)")
        .step("GotoIf($[${EPOCH} > 0${TELECOM_UNTIL}]?over)")
        .step("CELGenUserEvent(TELECOM_DIAL,${TELECOM_NUMBER})")
        .step("Set(TELECOM_STATUS=FULL)")
        .step("Goto(${TELECOM_TRUNK})")
    )
    for entry, following in zip(trunks, trunks[1:] + trunks[:1], strict=True):
        trunk, most = entry.name, entry.most
        extension.step("NoOp()", trunk)
        _take_turn(extension, entry, f"{trunk}full")
        if most:
            count = f"${{GROUP_COUNT({trunk}@telecom-trunk)}}"
            extension.step(f"GotoIf($[{count} >= {most}]?{trunk}full)")
        extension.step("HangupCauseClear()")
        # Before each dial: the trunk before may have taken its time to refuse.
        extension.step(f"GotoIf($[{_STOPPED}]?stopped)")
        extension.step(
            f"Dial(PJSIP/${{TELECOM_NUMBER}}@{trunk},${{TELECOM_RING}},"
            "b(telecom-outbound-leg^s^1)F(${TELECOM_ANSWERED}^s^1))"
        )
        extension.step("Set(TELECOM_STATUS=${DIALSTATUS})")
        extension.step("Set(TELECOM_CAUSE=${HANGUPCAUSE})")
        # Not one answer to the INVITE, not even a provisional one: the trunk is dead,
        # nobody's telephone has rung.
        extension.step(
            'ExecIf($["${DIALSTATUS}" = "NOANSWER" & "${HANGUPCAUSE_KEYS()}" = ""]?'
            "Set(TELECOM_STATUS=SILENT))"
        )
        # Only what the trunk itself refused goes to the next one: whoever is called
        # is not called twice.
        extension.step(
            'GotoIf($["${DIALSTATUS}" != "CHANUNAVAIL" & '
            '"${DIALSTATUS}" != "CONGESTION"]?over)'
        )
        extension.step(f"GotoIf($[{elsewhere} = 0]?over)")
        if most or entry.gap:
            extension.step(f"Goto({trunk}after)")
            # Nobody was reached by the trunks before either: it is no attempt.
            extension.step("Set(TELECOM_STATUS=FULL)", f"{trunk}full")
        extension.step("NoOp()", f"{trunk}after")
        # The gateway begins with the first trunk that has a turn left: those before it
        # may be the only ones that are free, or in order.
        extension.step(f'GotoIf($["${{TELECOM_TRUNK}}" = "{following.name}"]?over)')
    if trunks:
        extension.step(f"Goto({trunks[0].name})")
    # Somebody has answered: the first half hangs up, so that Dial's F sends her on.
    # (Its G, which does without, touches her channel after it may have ended.)
    done = Extension("done").step("Hangup(16)")
    extension = (
        extension.step("Goto(over)")
        .step("Set(TELECOM_STATUS=STOPPED)", "stopped")
        .step(
            "CELGenUserEvent(TELECOM_RESULT,${TELECOM_STATUS}|0${TELECOM_CAUSE})",
            "over",
        )
        # For the pacing, which cannot wait for the ledger
        .step(
            "UserEvent(TelecomResult,Status: ${TELECOM_STATUS},"
            "Cause: 0${TELECOM_CAUSE})"
        )
        .step("Hangup(16)")
    )
    return f"{extension}\n{done}"


def _customer(trunks, language):
    """Where a field seller goes on who has answered: the customer is called for her.

    On the channel to her own telephone. A mailbox may have answered: nobody is called
    before a key is pressed.
    """
    extension = (
        Extension("s")
        .step("CELGenUserEvent(TELECOM_ANSWER,${TELECOM_NUMBER})")
        .step(f"Set(CHANNEL(language)={word(language)})")
        .step(f"Read(TELECOM_KEY,vm-press&digits/1,1,e,2,{CONFIRM_SECONDS})")
        .step('GotoIf($["${TELECOM_KEY}" = ""]?over)')
        .step(f"GotoIf($[{_STOPPED}]?over)")
        .step("Set(CALLERID(name)=)")
        .step("Set(CALLERID(num)=${TELECOM_CALLERID})")
        .step("CELGenUserEvent(TELECOM_CUSTOMER,${TELECOM_CUSTOMER})")
    )
    _dial_trunks(
        extension, "${TELECOM_CUSTOMER}", trunks, "b(telecom-outbound-leg^s^1)"
    )
    return (
        extension.step("NoOp()", "dialled")
        .step("CELGenUserEvent(TELECOM_RESULT,${DIALSTATUS}|0${HANGUPCAUSE})")
        .step('ExecIf($["${DIALSTATUS}" = "BUSY"]?Busy(4))')
        .step("Hangup(16)", "over")
    )


def _answered(campaign, sounds, language):
    """Where somebody the dialer has called goes on, on her own channel."""

    def prompt(kind):
        ident = campaign[f"{kind}_prompt_id"]
        return f"{sounds}/prompt{int(ident)}" if ident else ""

    queue = f"queue{int(campaign['queue_id'])}"
    milliseconds = int(float(campaign["abandoned_seconds"]) * 1000)
    detects = campaign["machine_detection"]
    extension = (
        Extension("s")
        .step("CELGenUserEvent(TELECOM_ANSWER,${TELECOM_NUMBER})")
        .step(f"Set(CHANNEL(language)={word(language)})")
        .step("Set(CALLERID(name)=)")
        .step("Set(CALLERID(num)=${TELECOM_NUMBER})")
    )

    def clock():
        extension.step("CELGenUserEvent(TELECOM_WAIT,)")
        extension.step(f"Set(TELECOM_LIMIT=$[{_NOW} + {milliseconds}])")

    if campaign["abandoned_clock"] == "answer" or not detects:
        clock()
    if detects:
        settings = ",".join(
            str(int(campaign[f"machine_{name}"]))
            for name in (
                "initial_silence", "greeting", "after_greeting_silence", "total",
            )
        )  # fmt: skip
        extension.step(f"AMD({settings},,,{int(campaign['machine_words'])})")
        to_agent = campaign["machine_action"] == "agent"
        where = f"|{TO_AGENT}" if to_agent else ""
        extension.step(
            f"CELGenUserEvent(TELECOM_AMD,${{AMDSTATUS}}|${{AMDCAUSE}}{where})"
        )
        if not to_agent:
            extension.step('GotoIf($["${AMDSTATUS}" = "MACHINE"]?machine)')
        if campaign["abandoned_clock"] != "answer":
            clock()
    extension.step("Set(TELECOM_PROMPT=)")
    extension.step(f"Set(TELECOM_QUEUE={queue})")
    # Queue looks for a free agent once a second only: here it is ten times.
    extension.step(f"GotoIf($[0${{QUEUE_MEMBER({queue},ready)}} > 0]?ask)", "look")
    extension.step(f"GotoIf($[{_NOW} >= ${{TELECOM_LIMIT}}]?abandoned)")
    extension.step("Wait(0.1)")
    extension.step("Goto(look)")
    extension.step("Set(TELECOM_DEADLINE=$[${EPOCH} + 60])", "ask")
    # Queue takes whole seconds, and cuts off what stands behind the point.
    extension.step(f"Set(TELECOM_LEFT=$[(${{TELECOM_LIMIT}} - {_NOW} + 999) / 1000])")
    extension.step("Set(TELECOM_LEFT=${IF($[${TELECOM_LEFT} > 1]?${TELECOM_LEFT}:1)})")
    # I: whoever is called must not read an agent's name.
    extension.step(
        f"Queue({queue},cItb(telecom-auto^s^1),,,${{TELECOM_LEFT}},,telecom-connect)"
    )
    extension.step('GotoIf($["${QUEUESTATUS}" = "CONTINUE"]?lost)')
    extension.step(f"GotoIf($[{_NOW} < ${{TELECOM_LIMIT}}]?look)")
    extension.step("CELGenUserEvent(TELECOM_ABANDONED,)", "abandoned")
    extension.step("UserEvent(TelecomLeft)")
    if campaign["abandoned_prompt_id"]:
        # e: the key may be #, which otherwise ends what is read
        extension.step(
            f"Read(TELECOM_KEY,{prompt('abandoned')},1,e,1,{REFUSAL_SECONDS})"
        )
        key = re.sub(r"[^0-9*#]", "", str(campaign["refusal_digit"] or ""))[:1]
        if key:
            extension.step(
                f'ExecIf($["${{TELECOM_KEY}}" = "{key}"]?'
                "CELGenUserEvent(TELECOM_REFUSED,))"
            )
    extension.step("Hangup(16)")
    # The agent's connection broke: as in a queue, she is first in line again.
    extension.step(f"Goto(telecom-queue,{queue},left)", "lost")
    extension.step("UserEvent(TelecomLeft)", "machine")
    if campaign["machine_action"] == "message" and campaign["machine_prompt_id"]:
        extension.step("WaitForSilence(1500,1,20)")
        extension.step(f"Playback({prompt('machine')})")
    return extension.step("Hangup(16)")


def _consult():
    # Asterisk takes the extension of an attended transfer as digits, one by one: four
    # of them stand for the target, which the gateway has put into a global variable.
    return (
        Extension("_XXXX")
        .step("Set(TELECOM_TARGET=${GLOBAL(TELECOM_CONSULT_${EXTEN})})")
        .step("Set(TELECOM_CALLERID=${GLOBAL(TELECOM_CONSULT_ID_${EXTEN})})")
        .step("Set(GLOBAL(TELECOM_CONSULT_${EXTEN})=)")
        .step('GotoIf($["${TELECOM_TARGET}" = ""]?end)')
        .step("Goto(telecom-consult-to,${TELECOM_TARGET},1)")
        .step("Hangup(1)", "end")
    )


def _transfer(trunks, back):
    """Where a transferred caller (``back``) or a consulting agent goes."""
    agent = (
        Extension(_AGENTS)
        # With g the caller goes on when the agent is lost, as in a queue.
        .step(
            f"Dial(PJSIP/${{EXTEN}},{TRANSFER_SECONDS},"
            f"{'g' if back else ''}tU(telecom-connect))"
        )
        .step("NoOp()", "dialled")
    )
    if back:
        agent.step(
            'GotoIf($["${DIALSTATUS}" != "ANSWER" | "${TELECOM_QUEUE}" = ""]?over)'
        )
        # Unlike Queue, Dial does not hand on why the agent's channel ended; its own
        # hangup handler says so at the same time.
        agent.step("Wait(0.5)")
        agent.step(f"GotoIf($[{_LOST_LATELY.format('${EXTEN}')} > 5]?over)")
        agent.step("Set(MEMBERINTERFACE=PJSIP/${EXTEN})")
        agent.step("Goto(telecom-queue,${TELECOM_QUEUE},again)")
        agent.step("NoOp()", "over")
    queue = Extension("_queueX!")
    if back:
        queue.step("Goto(telecom-queue,${EXTEN},1)")
    else:
        queue.step("Queue(${EXTEN},c,,,300,,telecom-connect)").step("Hangup(16)")
    number = Extension("_[+0-9]!").step(
        'ExecIf($["${TELECOM_CALLERID}" = ""]?Set(TELECOM_CALLERID=${CALLERID(num)}))'
    )
    # No t: whoever is outside sends a caller on to nobody, least of all to another
    # operator's number.
    outside = "b(telecom-outside^s^1(${TELECOM_CALLERID}))"
    _dial_trunks(number, "${EXTEN}", trunks, outside)
    number.step("NoOp()", "dialled")
    for extension in (agent, number):
        if back:
            # Nobody there: back into the queue the caller came from, first in line.
            extension.step('GotoIf($["${DIALSTATUS}" = "ANSWER"]?end)')
            extension.step('GotoIf($["${TELECOM_QUEUE}" = ""]?end)')
            extension.step(f"Set(QUEUE_PRIO={RETURN_PRIORITY})")
            extension.step("Goto(telecom-queue,${TELECOM_QUEUE},first)")
        extension.step("Hangup(16)", "end")
    return f"{agent}\n{queue}\n{number}"
