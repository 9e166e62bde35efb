"""Words in the reader's language: catalogues, the current language, dates and numbers."""

from integrations.runtime.i18n.catalogue import (
    catalogue_faults,
    ngettext,
    register_locale,
    translate,
)
from integrations.runtime.i18n.formats import (
    ago,
    clock,
    day,
    left,
    money,
    month,
    number,
    percent,
    weight,
    when,
)
from integrations.runtime.i18n.language import (
    LANGUAGES,
    Language,
    current_language,
    language_of,
    using_language,
)

__all__ = [
    "LANGUAGES",
    "Language",
    "ago",
    "catalogue_faults",
    "clock",
    "current_language",
    "day",
    "language_of",
    "left",
    "money",
    "month",
    "ngettext",
    "number",
    "percent",
    "register_locale",
    "translate",
    "using_language",
    "weight",
    "when",
]
