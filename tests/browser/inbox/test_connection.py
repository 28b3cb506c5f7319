"""The inbox while its connection comes, goes, and comes back."""

from __future__ import annotations

import json

from playwright.sync_api import WebSocketRoute, expect

ASKED = "I would like to talk to a person"


class Cable:
    """The socket between a page and the server, which a test can pull out and put in again."""

    def __init__(self, page) -> None:
        self.is_in = True
        self.routes: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/desk/", self.connect)

    def connect(self, route: WebSocketRoute) -> None:
        if self.is_in:
            self.routes.append(route)
            route.connect_to_server()
        else:
            route.close(code=1013)

    def pull(self) -> None:
        self.is_in = False
        for route in self.routes:
            route.close(code=1013)
        self.routes = []

    def plug(self) -> None:
        self.is_in = True


class SlowServer:
    """The desk's socket: nothing that the server says arrives until a test lets it, but what is urgent."""

    def __init__(self, page, *urgent: str) -> None:
        self.urgent = urgent
        self.held: list[str | bytes] | None = []
        page.route_web_socket("**/ws/desk/", self.connect)

    def connect(self, route: WebSocketRoute) -> None:
        self.page_side = route
        route.connect_to_server().on_message(self.hear)

    def hear(self, message: str | bytes) -> None:
        if self.held is None or json.loads(message)["type"] in self.urgent:
            self.page_side.send(message)
        else:
            self.held.append(message)

    def let_go(self) -> None:
        held, self.held = self.held or [], None
        for message in held:
            self.page_side.send(message)


def test_what_is_done_before_the_connection_is_there_is_done_when_it_is(installation, staff, waiting, open_inbox):
    agent = open_inbox()
    waiting("hello there")
    uuid = agent.open(ASKED)
    agent.take()
    page = staff("supervisor").new_page()
    server = SlowServer(page)
    page.goto(f"{installation.origin}/console/inbox/{uuid}/")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#conversation")).to_have_attribute("data-status", "active")
    server.let_go()
    expect(page.locator("#conversation")).to_have_attribute("data-status", "resolved")
    expect(page.locator("#notices")).not_to_contain_text("no connection")


def test_taking_too_late_names_who_was_faster(installation, staff, waiting, open_inbox):
    first = open_inbox()
    waiting("hello there")
    uuid = first.open(ASKED)
    page = staff("supervisor").new_page()
    # The second agent's page hears of nothing but what it is refused.
    SlowServer(page, "desk.opened", "error")
    # Once it is connected it reads once more who has the conversation.
    with page.expect_response(lambda response: "hx-request" in response.request.headers and uuid in response.url):
        page.goto(f"{installation.origin}/console/inbox/{uuid}/")
    first.take()
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#notices")).to_contain_text("Lin Xiao has taken this conversation already.")
    expect(page.locator("#composer-area")).to_contain_text("Lin Xiao has this conversation")
    first.resolves()


def test_nothing_is_lost_while_the_connection_is(installation, staff, waiting, open_inbox):
    page = staff("agent").new_page()
    cable = Cable(page)
    page.goto(f"{installation.origin}/console/inbox/")
    expect(page.locator("#live")).to_have_attribute("data-state", "open")
    inbox = type(open_inbox())(page)
    customer = waiting("hello there")
    inbox.open(ASKED)
    inbox.take()

    cable.pull()
    expect(page.locator("#banner")).to_contain_text("The connection is lost")
    inbox.says("I am still here")
    expect(inbox.messages.locator(".sending")).to_contain_text("I am still here")
    customer.says("are you there?")
    cable.plug()
    expect(page.locator("#banner")).to_contain_text("Connected again")
    customer.sees("I am still here")
    expect(inbox.messages.get_by_text("are you there?")).to_have_count(1)
    expect(inbox.messages.get_by_text("I am still here")).to_have_count(1)
    expect(inbox.messages.locator(".sending")).to_have_count(0)
    inbox.resolves()


def test_an_unsent_reply_survives_a_reload(installation, staff, waiting, open_inbox):
    page = staff("agent").new_page()
    cable = Cable(page)
    page.goto(f"{installation.origin}/console/inbox/")
    expect(page.locator("#live")).to_have_attribute("data-state", "open")
    inbox = type(open_inbox())(page)
    customer = waiting("hello there")
    inbox.open(ASKED)
    inbox.take()
    cable.pull()
    inbox.says("written in a tunnel")
    expect(inbox.messages.locator(".sending")).to_have_count(1)
    page.reload()
    expect(inbox.messages.locator(".sending")).to_contain_text("written in a tunnel")
    cable.plug()
    customer.sees("written in a tunnel")
    expect(inbox.messages.get_by_text("written in a tunnel")).to_have_count(1)
    inbox.resolves()
