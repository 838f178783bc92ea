"""The file of a record's binary field, read in pieces and not as a whole."""

import io


def attachment_of(record, name="file"):
    """Return the attachment in which Odoo keeps a field of a record.

    :param record: one record that the user can read
    :param str name: a binary field, stored as attachment
    :return: ir.attachment, empty without a file
    """
    record.ensure_one()
    # sudo: ir.attachment - of a record that the user can read
    return (
        record.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", record._name),
                ("res_field", "=", name),
                ("res_id", "=", record.id),
            ],
            limit=1,
        )
    )


def open_file(record, name="file"):
    """Return the file of a record, to be read in pieces; the caller closes it.

    See :func:`attachment_of`.
    """
    attachment = attachment_of(record, name)
    if attachment.store_fname:
        return open(attachment._full_path(attachment.store_fname), "rb")  # noqa: SIM115
    return io.BytesIO(attachment.raw or b"")
