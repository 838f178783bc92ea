"""Records of ours that begin their life in every language."""


def create_translated(model, vals_list):
    """Create records whose translatable values are lazy translations of the code.

    :param model: empty recordset with the rights to create
    :param vals_list: values; those made by ``LazyTranslate`` are stored in English
        and in every installed language
    :return: the records
    """
    installed = [code for code, _name in model.env["res.lang"].get_installed()]
    english = model.with_context(lang="en_US")
    lazy = [
        {name for name, value in vals.items() if hasattr(value, "_translate")}
        for vals in vals_list
    ]
    records = english.create(
        [
            {
                name: english.env._(value) if name in names else value
                for name, value in vals.items()
            }
            for names, vals in zip(lazy, vals_list, strict=True)
        ]
    )
    for record, names, vals in zip(records, lazy, vals_list, strict=True):
        for name in names:
            record.update_field_translations(
                name,
                {
                    lang: record.with_context(lang=lang).env._(vals[name])
                    for lang in installed
                    if lang != "en_US"
                },
            )
    return records.with_env(model.env)
