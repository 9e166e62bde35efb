"""Dates, times, money and weights read as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.runtime.i18n import (
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

# Saturday 21 November 2026, 15:42 in Viet Nam.
NOW = datetime(2026, 11, 21, 8, 42, tzinfo=UTC)


def after(**span: int) -> datetime:
    return NOW + timedelta(**span)


def test_days() -> None:
    assert day(NOW, now=NOW) == "thứ Bảy 21/11"
    assert day(NOW, "en", now=NOW) == "Saturday 21 Nov"
    assert day(date(2026, 11, 22), now=NOW) == "Chủ nhật 22/11"
    assert day(date(2025, 2, 3), now=NOW) == "thứ Hai 03/02/2025"
    assert day(date(2027, 1, 2), "en", now=NOW) == "Saturday 2 Jan 2027"
    assert month(NOW) == "tháng 11/2026"
    assert month(NOW, "en") == "11/2026"


def test_the_day_is_that_of_viet_nam() -> None:
    late = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    assert (day(late, now=NOW), clock(late)) == ("Chủ nhật 22/11", "00:30")


def test_times_near_and_far() -> None:
    assert when(after(minutes=48), now=NOW) == "16:30 hôm nay"
    assert when(after(hours=18, minutes=18), now=NOW) == "10:00 mai"
    assert when(after(days=-1), now=NOW) == "15:42 hôm qua"
    assert when(after(days=14), now=NOW) == "15:42 thứ Bảy 05/12"
    assert when(after(days=14), "en", now=NOW) == "15:42 Saturday 5 Dec"


@pytest.mark.parametrize(
    ("span", "vi", "en"),
    [
        ({"seconds": 20}, "còn chưa đến 1 phút", "under a minute left"),
        ({"minutes": 24, "seconds": 59}, "còn 24 phút", "24 minutes left"),
        ({"hours": 1}, "còn 1 giờ", "1 hour left"),
        ({"hours": 2, "minutes": 20}, "còn 2 giờ 20 phút", "2 hours 20 minutes left"),
        ({"hours": 6, "minutes": 20}, "còn 6 giờ", "6 hours left"),
        ({"hours": 47}, "còn 47 giờ", "47 hours left"),
        ({"days": 3, "hours": 5}, "còn 3 ngày", "3 days left"),
        ({"hours": -2}, "quá 2 giờ", "2 hours late"),
    ],
)
def test_time_left(span: dict[str, int], vi: str, en: str) -> None:
    assert left(after(**span), now=NOW) == vi
    assert left(after(**span), "en", now=NOW) == en


def test_time_since() -> None:
    assert ago(after(seconds=-5), now=NOW) == "vừa xong"
    assert ago(after(minutes=-3), now=NOW) == "3 phút trước"
    assert ago(after(days=-2), "en", now=NOW) == "2 days ago"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock(datetime(2026, 11, 21, 8, 42))  # noqa: DTZ001 - on purpose


def test_numbers() -> None:
    assert money(185_000) == "185.000\u00a0₫"
    assert money(-8_100) == "−\u00a08.100\u00a0₫"
    assert money(185_000, "en") == "185,000\u00a0₫"
    assert (number(1_542), number(1_542, "en")) == ("1.542", "1,542")
    shown = [percent(ppm) for ppm in (15_000, 30_000, 5_000)]
    assert shown == ["1,5\u00a0%", "3\u00a0%", "0,5\u00a0%"]
    assert percent(15_000, "en") == "1.5\u00a0%"
    assert [weight(g) for g in (500, 1_000, 1_200, 12_345)] == [
        "500\u00a0g",
        "1\u00a0kg",
        "1,2\u00a0kg",
        "12,35\u00a0kg",
    ]
