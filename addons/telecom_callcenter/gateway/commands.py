"""What agents ask of their telephones: each command as AMI actions.

``execute`` raises :class:`CommandError` with a message for the agent. Nothing here is
tried twice: a call that may have been dialled is not dialled again.
"""

import itertools
import logging
import random
import re

from ..engine.live_state import LiveCall
from .ami import AmiClosed, AmiError
from .render import DIAL_WITHIN_SECONDS
from .status import ON_CALL

_logger = logging.getLogger(__name__)

DIAL_SECONDS = 30
#: How long a field seller's own telephone rings
SELLER_SECONDS = 25
#: Feature codes, as in features.conf (gateway/render.py).
COMPLETE, CONFERENCE, ABORT = "**2", "**3", "**1"
_TARGET = re.compile(r"(agent|queue):(\d+)")
_NUMBER = re.compile(r"\+?\d{2,20}")


class CommandError(Exception):
    """The command could not be done; the message is for people."""


def extension_of(target):
    """The dialplan's extension of a transfer's target.

    :param str target: ``agent:<id>``, ``queue:<id>`` or a number
    :raises CommandError: it is none of these
    """
    match = _TARGET.fullmatch(target or "")
    if match:
        return f"{match[1]}{match[2]}"
    number = re.sub(r"[ .()-]", "", target or "")
    if not _NUMBER.fullmatch(number):
        raise CommandError("This is no number that can be dialled.")
    return number


class Commands:
    """Executes commands on one PBX.

    :param link: gives ``client`` (AMI), ``live`` (the picture), ``privileged(name,
        **fields)`` and ``effects(list)``
    """

    def __init__(self, link):
        self._link = link
        self._tokens = itertools.count(random.randrange(9000))

    async def execute(self, name, agent_id, payload):
        """Do a command for an agent.

        :raises CommandError: it was not done
        """
        handler = getattr(self, f"_do_{name}", None)
        if handler is None:
            raise CommandError(f"There is no command {name}.")
        try:
            await handler(agent_id, payload)
        except AmiClosed as error:
            raise CommandError("The connection to the telephone system failed.") from (
                error
            )
        except AmiError as error:
            raise CommandError(f"The telephone system refused: {error}") from error

    # -- helpers -----------------------------------------------------------------

    @property
    def _client(self):
        return self._link.client

    @property
    def _live(self):
        return self._link.live

    def _agent(self, agent_id, *activities):
        agent = self._live.agent(agent_id)
        if not agent.channel or (activities and agent.activity not in activities):
            raise CommandError("There is no such call any more.")
        return agent

    def _other_channel(self, agent):
        """The channel of whoever the agent talks to."""
        call = self._live.calls.get(agent.call)
        for members in self._live.bridges.values():
            if agent.uniqueid in members:
                for uniqueid, channel in members.items():
                    if uniqueid != agent.uniqueid:
                        return channel
        if call and call.uniqueid != agent.uniqueid:
            return call.channel
        raise CommandError("Nobody is on the line.")

    # -- calls out ---------------------------------------------------------------

    async def _do_dial(self, agent_id, payload):
        agent = self._live.agent(agent_id)
        if agent.activity not in ("idle", "wrapup") or agent.channel:
            raise CommandError("Finish the present call first.")
        if not agent.registered:
            raise CommandError("Your telephone is not connected.")
        number = extension_of(payload.get("number"))
        if not number.lstrip("+").isdigit():
            raise CommandError("This is no number that can be dialled.")
        uniqueid = str(payload.get("channel_id") or "")
        if not re.fullmatch(r"[\w.-]{8,80}", uniqueid):
            raise CommandError("The call has no id of its own.")
        if uniqueid in self._live.calls or await self._link.seen(uniqueid):
            # Asked again after a reconnection: it was dialled the first time.
            return
        details = await self._link.dial_details(payload)
        if not details["company_id"]:
            raise CommandError("It is not known for whom this call is.")
        now = self._link.now()
        call = LiveCall(
            uniqueid,
            f"PJSIP/agent{agent_id}",
            now,
            direction="outbound",
            company_id=details["company_id"],
            campaign_id=details["campaign_id"],
            number=number,
            agent_id=agent_id,
        )
        self._live.add_call(call)
        agent.activity, agent.since, agent.call = "manual", now, uniqueid
        agent.uniqueid = uniqueid
        self._link.call_changed(call, agent)
        account = f"{details['company_id']}.{details['campaign_id']}"
        interface = f"PJSIP/agent{agent_id}"
        try:
            await self._client.action(
                "QueuePause", Interface=interface, Paused="true", Reason=ON_CALL
            )
        except AmiClosed:
            raise
        except AmiError as error:
            # In no queue: nothing to pause.
            _logger.debug("%s is in no queue: %s", interface, error)
        try:
            await self._client.action(
                "Originate",
                Channel=interface,
                Context="telecom-dial",
                Exten="s",
                Priority="1",
                Timeout=str(DIAL_SECONDS * 1000),
                CallerID=f'"{number}" <{number}>',
                Account=account,
                Async="true",
                ChannelId=uniqueid,
                Variable=[
                    # The device picks up by itself; PreDialGoSub adds no header here.
                    "PJSIP_HEADER(add,X-Telecom-Answer)=1",
                    f"TELECOM_NUMBER={number}",
                    f"TELECOM_ACCOUNT={account}",
                    f"TELECOM_CALLERID={details['caller_id']}",
                    *(
                        [
                            f"TELECOM_COMPANY={details['company_id']}",
                            f"TELECOM_CAMPAIGN={details['campaign_id']}",
                        ]
                        if details.get("calls_out")
                        else []
                    ),
                ],
            )
        except AmiClosed:
            # Whether it was done is unknown; the channel, or the ledger, will say.
            raise
        except AmiError:
            self._link.handle_effects(self._live.drop(uniqueid, self._link.now()))
            raise

    async def _do_dial_seller(self, _agent_id, payload):
        """Call a field seller's own telephone, and then the customer.

        The attempt is recorded; the dialplan dials it in time or never.
        """
        row = await self._link.seller_call(payload)
        if not row:
            raise CommandError("This call is not to be made any more.")
        if await self._link.seen(row["channel_id"]):
            return
        account = f"{row['company_id']}.{row['campaign_id']}"
        exten = f"o{row['company_id']}c{row['campaign_id']}a{row['attempt_id']}"
        variables = {
            "ACCOUNT": account,
            "NUMBER": row["seller_number"],
            "CUSTOMER": row["number"],
            "CALLERID": row["caller_id"],
            "COMPANY": row["company_id"],
            "CAMPAIGN": row["campaign_id"],
            "RING": SELLER_SECONDS,
            "TRUNK": f"trunk{row['trunks'][0]}",
            "UNTIL": int(row["recorded_at"]) + DIAL_WITHIN_SECONDS,
            "ANSWERED": "telecom-customer",
        }
        seconds = SELLER_SECONDS * len(row["trunks"]) + DIAL_SECONDS
        try:
            await self._client.action(
                "Originate",
                Channel=f"Local/{exten}@telecom-outbound/n",
                Context="telecom-outbound",
                Exten="done",
                Priority="1",
                Timeout=str(seconds * 1000),
                CallerID=f'"{row["caller_id"]}" <{row["caller_id"]}>',
                Account=account,
                Codecs="alaw,ulaw",
                Async="true",
                ChannelId=row["channel_id"],
                Variable=[f"__TELECOM_{name}={v}" for name, v in variables.items()],
            )
        except AmiClosed:
            # Whether it was done is unknown; the ledger will say.
            raise
        except AmiError:
            await self._link.seller_call_refused(row["channel_id"])
            raise

    # -- the telephone -------------------------------------------------------------

    async def _do_hangup(self, agent_id, payload):
        agent = self._agent(agent_id)
        await self._client.action("Hangup", Channel=agent.channel, Cause="16")

    async def _do_answer(self, agent_id, payload):
        await self._notify(self._agent(agent_id, "ringing"), "talk")

    async def _do_hold(self, agent_id, payload):
        await self._notify(self._agent(agent_id, "talking"), "hold")

    async def _do_unhold(self, agent_id, payload):
        await self._notify(self._agent(agent_id, "hold"), "talk")

    async def _notify(self, agent, event):
        """Ask a desk phone to answer, hold or resume."""
        await self._link.privileged(
            "PJSIPNotify",
            Channel=agent.channel,
            Variable=[f"Event={event}", "Content-Length=0"],
        )

    async def _do_mute(self, agent_id, payload):
        await self._mute(agent_id, "on")

    async def _do_unmute(self, agent_id, payload):
        await self._mute(agent_id, "off")

    async def _mute(self, agent_id, state):
        agent = self._agent(agent_id)
        await self._link.privileged(
            "MuteAudio", Channel=agent.channel, Direction="in", State=state
        )

    async def _do_dtmf(self, agent_id, payload):
        digits = str(payload.get("digits") or "")
        if not re.fullmatch(r"[0-9*#A-Da-d]{1,40}", digits):
            raise CommandError("These are no digits.")
        channel = self._other_channel(self._agent(agent_id))
        for digit in digits:
            await self._client.action("PlayDTMF", Channel=channel, Digit=digit)

    # -- transfers -----------------------------------------------------------------

    async def _do_blind_transfer(self, agent_id, payload):
        agent = self._agent(agent_id, "talking", "hold")
        extension = extension_of(payload.get("target"))
        if extension == f"agent{agent_id}":
            raise CommandError("This is your own number.")
        caller_id = await self._caller_id(agent, extension)
        if caller_id:
            await self._client.action(
                "Setvar",
                Channel=self._other_channel(agent),
                Variable="TELECOM_CALLERID",
                Value=caller_id,
            )
        await self._client.action(
            "BlindTransfer",
            Channel=agent.channel,
            Context="telecom-blind",
            Exten=extension,
        )

    async def _do_attended_transfer(self, agent_id, payload):
        agent = self._agent(agent_id, "talking", "hold")
        target = payload.get("target")
        extension = extension_of(target)
        if extension == f"agent{agent_id}":
            raise CommandError("This is your own number.")
        # See [telecom-consult]: the target goes beside the digits.
        token = str(1000 + next(self._tokens) % 9000)
        await self._client.action(
            "Setvar", Variable=f"TELECOM_CONSULT_{token}", Value=extension
        )
        await self._client.action(
            "Setvar",
            Variable=f"TELECOM_CONSULT_ID_{token}",
            Value=await self._caller_id(agent, extension),
        )
        await self._client.action(
            "Atxfer", Channel=agent.channel, Exten=token, Context="telecom-consult"
        )
        self._link.handle_effects(
            self._live.consulting(agent_id, target, self._link.now())
        )

    async def _caller_id(self, agent, extension):
        """What somebody outside sees who calls: the operator's service number."""
        call = self._live.calls.get(agent.call)
        if not call or extension[:1] in ("a", "q"):
            return ""
        details = await self._link.dial_details(
            {"company_id": call.company_id, "campaign_id": call.campaign_id}
        )
        return details["caller_id"]

    async def _do_complete_transfer(self, agent_id, payload):
        await self._name_successor(self._agent(agent_id))
        await self._feature(agent_id, COMPLETE)

    async def _do_conference(self, agent_id, payload):
        await self._name_successor(self._agent(agent_id))
        await self._feature(agent_id, CONFERENCE)

    async def _name_successor(self, agent):
        """Tell the dialplan which agent it has lost if the line breaks from now on."""
        call = self._live.calls.get(agent.call)
        match = _TARGET.fullmatch(agent.consult)
        if call and call.direction == "inbound" and match and match[1] == "agent":
            await self._client.action(
                "Setvar",
                Channel=call.channel,
                Variable="MEMBERINTERFACE",
                Value=f"PJSIP/agent{match[2]}",
            )

    async def _do_cancel_transfer(self, agent_id, payload):
        await self._feature(agent_id, ABORT)
        self._link.handle_effects(self._live.consulting(agent_id, "", self._link.now()))

    async def _feature(self, agent_id, code):
        """Play a feature code as if the agent had typed it."""
        agent = self._agent(agent_id)
        if not agent.consult:
            raise CommandError("There is no consultation.")
        for digit in code:
            await self._client.action(
                "PlayDTMF", Channel=agent.channel, Digit=digit, Receive="true"
            )
