from odoo.addons.telecom_crm.controllers.file_import import FileImport


class SerialFileImport(FileImport):
    import_kinds = {"serial": "telecom.serial.import"}
