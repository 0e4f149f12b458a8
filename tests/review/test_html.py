"""A report for a browser, as far as it can be told without one."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

import synth.review.forms.html
from synth.kit.objects import identity
from synth.review.forms.html import Graph, anchor, as_html
from tests.review.bodies import CANARY, DEPLOYMENT, PEER, QUOTA, SECRET, model, predictor, put
from tests.review.sides import reviewed, side

MORE = model(predictor("stable", 7, 75), predictor("canary", 8, 25))
SMALL = reviewed(
    {
        **side(CANARY),
        **side(QUOTA, application="teams"),
        **side(QUOTA, environment="dev", application="teams"),
    },
    {**side(MORE), **side(application="teams")},
)
STYLE = Path(synth.review.forms.html.__file__).parent / "page/style.css"


def read(page: str) -> str:
    """What is there to read, without the YAML."""
    body = page.partition("<body>")[2].partition("<dialog")[0]
    body = re.sub(r'(?s)<form id="filter".*?</form>|<details class="yaml".*?</article>', " ", body)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def anchors(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'class="env" id="([^"]*)"', page)]


def test_everything_is_there_to_read_and_risks_come_first() -> None:
    assert read(as_html(SMALL)) == (
        "Skip to the changes "
        "3 objects change in dev and prod, 2 high, 1 medium risks Compared with main "
        "Side by side Dark or light Keys ? "
        "Contents Summary Risks models 1 teams 1 "
        "Summary environment new changed gone risks "
        "dev 0 0 1 1 high risk prod 0 1 1 1 high, 1 medium risks "
        "Risks "
        "high something that holds data goes DF002 "
        "team nlp dev prod it holds data; Argo CD leaves it in the cluster, and nobody looks after "
        "it any more "
        "⇒ save what is needed, then delete it by hand: kubectl delete profile.kubeflow.org nlp "
        "medium traffic to a version that no alert watches DF020 "
        "sentiment prod version 8 gets 25 % of the traffic, and no alert watches this model "
        "⇒ give models.sentiment objectives, and the environment observability "
        "Changes "
        "models 1 changed "
        "~ changed: sentiment SeldonDeployment in nlp prod medium DF020 canary 10 % → 25 % "
        "teams 1 gone "
        "− gone: team nlp Profile dev prod goes high DF002"
    )


def test_nothing_changes() -> None:
    page = as_html(reviewed(side(CANARY), side(CANARY)))
    assert read(page) == (
        "Skip to the changes nothing changes Compared with main "
        "Side by side Dark or light Keys ? Contents Summary "
        "Summary Nothing changes. Changes"
    )


def test_a_change_has_the_same_address_in_every_report() -> None:
    here = "prod/models/SeldonDeployment.machinelearning.seldon.io/nlp/sentiment"
    assert anchor("prod", "models", identity(CANARY)) == here
    team = "teams/Profile.kubeflow.org/nlp"
    page = as_html(SMALL)
    assert anchors(page) == [here, f"dev/{team}", f"prod/{team}"]
    assert anchors(as_html(reviewed(side(CANARY), side(MORE)))) == [here]
    for each in anchors(page):  # of the change itself, and of its risk
        assert page.count(f'href="#{each}"') == 2


def test_an_address_has_no_blanks() -> None:
    odd = put(DEPLOYMENT, 'a "b" ü', "metadata", "name")
    [here] = anchors(as_html(reviewed({}, side(odd))))
    assert here == "prod/models/Deployment.apps/nlp/a%20%22b%22%20%C3%BC"


def test_a_risk_of_an_application_leads_to_it() -> None:
    many = [put(DEPLOYMENT, f"web-{number}", "metadata", "name") for number in range(12)]
    report = reviewed(side(*many), {})
    assert [risk.code for risk in report.risks if risk.object is None] == ["DF006"]
    page = as_html(report)
    assert '<a class="env" href="#application/models">prod</a>' in page
    assert 'id="application/models"' in page


def test_what_reads_alike_is_said_once() -> None:
    names = ("dev", "staging", "prod")
    before = {k: v for name in names for k, v in side(CANARY, environment=name).items()}
    after = {k: v for name in names for k, v in side(MORE, environment=name).items()}
    page = as_html(reviewed(before, after))
    assert page.count("<article") == 1
    assert [each.partition("/")[0] for each in anchors(page)] == ["dev", "prod", "staging"]
    assert 'data-environments="dev|prod|staging"' in page
    another = model(predictor("stable", 7, 50), predictor("canary", 8, 50))
    page = as_html(reviewed(before, {**after, **side(another, environment="dev")}))
    assert page.count("<article") == 2


def test_more_than_a_few_risks_of_a_kind_are_folded_away() -> None:
    doubles = [put(PEER, f"peer-{number}", "metadata", "name") for number in range(7)]
    open_ = [put(each, "PERMISSIVE", "spec", "mtls", "mode") for each in doubles]
    page = as_html(reviewed(side(*doubles), side(*open_)))
    assert "<summary>2 more</summary>" in page
    assert page.count("⇒") == 1  # what to do is the same for all of them


def test_a_long_change_is_folded_away_and_a_short_one_is_not() -> None:
    lines = "\n".join(map(str, range(500)))
    config = put(SECRET, "ConfigMap", "kind")
    long = reviewed(side(config), side(put(config, lines, "data", "password")))
    assert '<details class="yaml">' in as_html(long)
    assert '<details class="yaml" open>' in as_html(SMALL)


def test_nothing_in_a_report_is_taken_for_markup() -> None:
    odd = put(QUOTA, '</script><b title="x">`y', "spec", "owner", "name")
    page = as_html(reviewed(side(QUOTA), side(odd)))
    assert "owner lead@example.com → &lt;/script&gt;&lt;b title=&#34;x&#34;&gt;`y</li>" in page
    assert page.count("</script>") == 1
    assert "<b" not in page.replace("<body", "").replace("<button", "").replace("<br", "")


def test_no_value_of_a_secret_is_shown() -> None:
    page = as_html(reviewed(side(SECRET), side(put(SECRET, "bbbb", "data", "password"))))
    assert "hidden, before" in page
    assert "aaaa" not in page
    assert "bbbb" not in page


def test_the_page_runs_its_own_script_and_asks_nobody_for_anything() -> None:
    page = as_html(SMALL)
    assert not re.search(r"""(src|href)=(?!["']?#)|url\(|@import|https?://""", page)
    assert not re.search(r"<[^>]* (style|on\w+)=", page)
    hashes = [
        b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name in ("style", "script")
        for text in re.findall(f"(?s)<{name}>(.*?)</{name}>", page)
    ]
    policy = unescape(re.findall(r'Policy" content="([^"]*)"', page)[0])
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_headings_leave_no_level_out() -> None:
    levels = [int(each) for each in re.findall(r"<h([1-6])", as_html(SMALL))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, WCAG 2.2: 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TEXTS = {
    "text": "page panel new new-part gone gone-part low-fill",
    "quiet": "page panel",
    "link": "page panel",
    "page": "link",
    "new-text": "page new",
    "gone-text": "page gone",
    "high": "high-fill",
    "medium": "page medium-fill",
    "low": "low-fill",
}
"""What is written on what."""


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough(theme: int) -> None:
    """4.5 for text (WCAG 2.2, 1.4.3), 3 for the edges of controls and what has focus (1.4.11)."""
    colours = {
        name: both[theme]
        for name, *both in re.findall(
            r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE.read_text()
        )
    }
    pairs = [(on, under) for on, unders in TEXTS.items() for under in unders.split()]
    ratios = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
    assert contrast(colours["control"], colours["page"]) >= 3
    assert contrast(colours["link"], colours["panel"]) >= 3
    assert colours.keys() - {name for pair in pairs for name in pair} == {"line", "control"}


def test_the_measure_of_contrast() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_pictures_are_folded_away_and_said_in_words_too() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><style>rect { fill: red }</style></svg>'
    page = as_html(SMALL, [Graph("prod", svg, "comments → sentiment <v7>")])
    assert f'src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"' in page
    assert "<pre>comments → sentiment &lt;v7&gt;</pre>" in page
    assert '<a href="#pictures">Pictures</a>' in page
    assert 'id="pictures"' not in as_html(SMALL)
