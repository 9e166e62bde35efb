"""How a page is made: templates, icons, static files, typed fields, headers."""

from integrations.runtime.pages.assets import Assets
from integrations.runtime.pages.renderer import NavItem, Renderer
from integrations.runtime.pages.typed import Choice, Typed

__all__ = ["Assets", "Choice", "NavItem", "Renderer", "Typed"]
