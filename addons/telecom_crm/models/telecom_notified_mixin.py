from markupsafe import Markup

from odoo import models


class TelecomNotifiedMixin(models.AbstractModel):
    """Records that users are notified about."""

    _name = "telecom.notified.mixin"
    _description = "Subject of Notifications"

    def _telecom_notification_text(self, kind):
        """Return subject and HTML of a notification, in the context's language.

        :param str kind: a code of ``telecom.notification.kind``
        """
        self.ensure_one()
        return self.display_name, Markup()

    def _telecom_notification_url(self, user):
        """Return the link to this record in an e-mail to a user."""
        self.ensure_one()
        if user.share:
            return f"{self.get_base_url()}/my/notifications"
        return f"{self.get_base_url()}/mail/view?model={self._name}&res_id={self.id}"
