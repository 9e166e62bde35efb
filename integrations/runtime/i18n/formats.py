"""Dates, times, money and weights as people write them, in Viet Nam's time.

Every function writes in `language`, by default the current one. Datetimes carry a zone;
a naive one raises `ValueError`, since nobody could say which hour it means.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from integrations.contracts.errors import N_
from integrations.contracts.money import format_vnd
from integrations.runtime.i18n.catalogue import ngettext, translate
from integrations.runtime.i18n.language import Language, current_language

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")

_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def local(moment: datetime) -> datetime:
    """The same moment on the clocks of Viet Nam."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(VIETNAM)


def money(amount_vnd: int, language: Language | None = None) -> str:
    """ "185.000 ₫"; in English "185,000 ₫", since a point reads as a decimal there."""
    text = format_vnd(amount_vnd)
    return text if (language or current_language()) == "vi" else text.replace(".", ",")


def number(value: int, language: Language | None = None) -> str:
    """1542 -> "1.542" ("1,542" in English)."""
    grouped = f"{value:,}".replace("-", "−")
    return grouped.replace(",", ".") if (language or current_language()) == "vi" else grouped


def percent(rate_ppm: int, language: Language | None = None) -> str:
    """15000 millionths -> "1,5 %" ("1.5 %" in English)."""
    return f"{_decimal(rate_ppm, 10_000, language)}\u00a0%"


def weight(grams: int, language: Language | None = None) -> str:
    """1200 -> "1,2 kg", 500 -> "500 g"."""
    if grams < 1_000:
        return f"{grams}\u00a0g"
    return f"{_decimal(grams, 1_000, language)}\u00a0kg"


def clock(moment: datetime) -> str:
    """ "16:30"."""
    return f"{local(moment):%H:%M}"


def day(moment: date, language: Language | None = None, *, now: datetime | None = None) -> str:
    """ "thứ Bảy 21/11" ("Saturday 21 Nov"); with the year when it is not this one."""
    language = language or current_language()
    this = local(moment).date() if isinstance(moment, datetime) else moment
    shown = f"{this:%d/%m}" if language == "vi" else f"{this.day} {_MONTHS[this.month - 1]}"
    if this.year != local(now or datetime.now(UTC)).year:
        shown += f"/{this.year}" if language == "vi" else f" {this.year}"
    return f"{translate(language, _WEEKDAYS[this.weekday()])} {shown}"


def month(moment: date, language: Language | None = None) -> str:
    """ "tháng 11/2026" ("11/2026" in English)."""
    this = local(moment).date() if isinstance(moment, datetime) else moment
    message = N_("{month}/{year}")
    language = language or current_language()
    return translate(language, message, month=this.month, year=this.year)


def when(moment: datetime, language: Language | None = None, *, now: datetime | None = None) -> str:
    """ "16:30 hôm nay", "10:00 mai", "08:15 hôm qua", else "06:00 Chủ nhật 01/11"."""
    language = language or current_language()
    today = local(now or datetime.now(UTC)).date()
    near = {
        today: N_("{time} today"),
        today + timedelta(days=1): N_("{time} tomorrow"),
        today - timedelta(days=1): N_("{time} yesterday"),
    }.get(local(moment).date())
    if near:
        return translate(language, near, time=clock(moment))
    return f"{clock(moment)} {day(moment, language, now=now)}"


def left(moment: datetime, language: Language | None = None, *, now: datetime | None = None) -> str:
    """ "còn 24 phút", "còn 2 giờ 20 phút", "còn 3 ngày"; past it "quá 2 giờ"."""
    language = language or current_language()
    seconds = int((moment - (now or datetime.now(UTC))).total_seconds())
    message = N_("{time} left") if seconds >= 0 else N_("{time} late")
    return translate(language, message, time=_span(abs(seconds), language))


def ago(moment: datetime, language: Language | None = None, *, now: datetime | None = None) -> str:
    """ "vừa xong", "3 phút trước", "2 ngày trước"."""
    language = language or current_language()
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    if seconds < _MINUTE:
        return translate(language, N_("just now"))
    return translate(language, N_("{time} ago"), time=_span(seconds, language))


def _span(seconds: int, language: Language) -> str:
    """A length of time in its largest unit; hours with minutes below six hours."""
    if seconds < _MINUTE:
        return translate(language, N_("under a minute"))
    if seconds >= 2 * _DAY:
        return ngettext(language, "{n} day", "{n} days", seconds // _DAY)
    minutes = ngettext(language, "{n} minute", "{n} minutes", seconds % _HOUR // _MINUTE)
    if seconds < _HOUR:
        return minutes
    hours = ngettext(language, "{n} hour", "{n} hours", seconds // _HOUR)
    return hours if seconds >= 6 * _HOUR or seconds % _HOUR < _MINUTE else f"{hours} {minutes}"


def _decimal(value: int, unit: int, language: Language | None) -> str:
    """`value / unit` with up to two decimals, none that is zero at the end."""
    hundredths = (abs(value) * 100 + unit // 2) // unit
    whole, part = divmod(hundredths, 100)
    comma = "," if (language or current_language()) == "vi" else "."
    tail = f"{comma}{part:02d}".rstrip("0").rstrip(comma)
    return ("−" if value < 0 else "") + number(whole, language) + tail
