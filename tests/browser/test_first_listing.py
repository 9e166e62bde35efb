"""What the first listing asks of somebody who was never here: screens, presses, inputs."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import FilePayload, Frame, Page

from tests.browser.selling import count_inputs, newest_code, pomelo_photo
from tests.browser.test_whole_way import new_number
from tests.kit.screens import Hand
from tests.kit.service import Service
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser

MOST_INTERACTIONS, MOST_INPUTS = 14, 3


async def test_from_a_link_to_sent_goods(stack: Stack, service: Service, phone: Page) -> None:
    hand, number, screens = Hand(phone), new_number(), list[str]()

    def on_page(frame: Frame) -> None:
        path = urlsplit(frame.url).path
        if frame == phone.main_frame and path not in screens:
            screens.append(path)

    phone.on("framenavigated", on_page)
    await hand.open("/sign-in", service.base_url)
    await hand.type("phone", number)
    await hand.press("Send me the code")
    await hand.type("code", await newest_code(stack, "+84" + number[1:].replace(" ", "")))
    await hand.press("Sign in")
    await hand.tap(phone.locator('[name="kind"]').first)
    await hand.type("person_name", "Trần Văn Hòa")
    await hand.type("commune_query", "phuc trach")
    choice = phone.locator("label", has_text="Xã Phúc Trạch").locator('[name="commune_code"]')
    await choice.wait_for()
    await hand.tap(choice)
    await hand.press("Save and go on")
    inputs = await count_inputs(phone)
    file = FilePayload(name="IMG_2011.jpg", mimeType="image/jpeg", buffer=pomelo_photo())
    await phone.locator('[name="photo"]').set_input_files(file)
    await hand.type("name", "Bưởi Phúc Trạch")
    await hand.type("price", "45k")
    asked = list(screens)
    await hand.press("Send for review")
    await hand.sees("Sent. Programme staff will look at it.")
    assert [path for path in asked if not path.startswith("/producer/goods/0")] == [
        "/sign-in",
        "/sign-in/code",
        "/who",
        "/producer/goods/new",
    ]
    interactions = hand.taps + hand.typed + 1  # the photo
    assert interactions <= MOST_INTERACTIONS
    assert inputs <= MOST_INPUTS
