"""Signing in, with a browser that keeps cookies as browsers do."""

from playwright.sync_api import expect

from tests.pages.conftest import Visit
from tests.support.browser import PASSWORD, PHONE, SETUP_CODE, Hub


def test_somebody_signs_in_and_out(visit: Visit) -> None:
    visitor = visit(language="en")
    page = visitor.open("/?period=28d")
    expect(page.locator("h1")).to_have_text("Sign in")
    visitor.accessible()
    visitor.screenshot("sign-in-en-1440")
    page.get_by_label("E-mail address").fill("viewer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Overview")
    assert page.url == f"{visitor.hub.url}/?period=28d"
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.go_back()
    page.reload()
    expect(page.locator("h1")).to_have_text("Sign in")


def test_a_wrong_password_is_said_without_saying_more(visit: Visit, new_hub: Hub) -> None:
    new_hub.add_users()
    visitor = visit(to=new_hub, language="fr", width=PHONE)
    visitor.expects("status of 401")
    visitor.sign_in("viewer", "fake and wrong")
    expect(visitor.page.get_by_role("alert")).to_have_text("L’adresse ou le mot de passe est faux.")
    visitor.accessible()
    visitor.fits()
    visitor.screenshot("sign-in-wrong-fr-390")


def test_guessing_has_to_wait(visit: Visit, new_hub: Hub) -> None:
    new_hub.add_users()
    visitor = visit(to=new_hub, language="en")
    visitor.expects("status of 401")
    visitor.expects("status of 429")
    for _ in range(5):
        visitor.sign_in("admin", "fake and wrong")
    visitor.sign_in("admin")
    expect(visitor.page.get_by_role("alert")).to_contain_text("wait for 30\u00a0s")
    new_hub.clock.forward(seconds=31)
    visitor.sign_in("admin")
    expect(visitor.page.locator("h1")).to_have_text("Overview")


def test_the_wizard_makes_the_first_admin(visit: Visit, new_hub: Hub) -> None:
    visitor = visit(to=new_hub, language="fr")
    visitor.expects("status of 422")
    page = visitor.open("/")
    expect(page.locator("h1")).to_have_text("Bienvenue dans ProdOps Hub")
    visitor.accessible()
    visitor.screenshot("welcome-fr-1440")

    def fill(code: str, repeat: str) -> None:
        page.get_by_label("Code d’installation").fill(code)
        page.get_by_label("Votre nom").fill("Ada")
        page.get_by_label("Adresse e-mail").fill("ada@example.com")
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_label("Mot de passe, encore une fois").fill(repeat)
        page.get_by_role("button", name="Créer le compte").click()

    fill("FAKE-AND-WRONG", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("pas le code d’installation")
    fill(SETUP_CODE, "another fake password")
    expect(page.get_by_role("alert")).to_contain_text("diffèrent")
    visitor.screenshot("welcome-wrong-fr-1440")
    fill(SETUP_CODE, PASSWORD)
    expect(page.locator("h1")).to_have_text("Bienvenue, Ada")
    visitor.accessible()
    visitor.screenshot("start-fr-1440")
    expect(page.locator(".choices")).to_contain_text("Connecter un outil")
    assert page.goto("/welcome") is not None
    assert page.url == f"{new_hub.url}/"


def test_a_form_that_no_page_of_ours_sent_is_refused(visit: Visit) -> None:
    visitor = visit("viewer", language="en")
    visitor.expects("status of 403")
    page = visitor.open("/account")
    page.locator("form[action='/account'] input[name=csrf_token]").evaluate("field => field.value = 'fake'")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("This is not for you to do")
    visitor.accessible()
    visitor.screenshot("error-403-en-1440")


def test_a_new_password_is_chosen_on_ones_own_page(visit: Visit, new_hub: Hub) -> None:
    new_hub.add_users()
    visitor = visit("editor", to=new_hub, language="en")
    page = visitor.open("/account")
    visitor.accessible()
    visitor.screenshot("account-en-1440")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another fake password")
    page.get_by_label("New password, once more").fill("another fake password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("The password is changed")
    page.get_by_role("button", name="Sign out everywhere").click()
    visitor.sign_in("editor", "another fake password")
    expect(page.locator("h1")).to_have_text("Overview")
