//! What is searched stays out of addresses, and so does everybody’s name.

use contracts::common::v1::Role;

use super::{super::invented::*, *};

/// The name of whoever is followed here, in each of its parts.
const NAME: [&str; 2] = ["selam", "tesfay"];

fn lines(page: &str) -> usize {
    page.matches("<tr role=\"row\" data-cle").count()
}

/// What stands in that attribute, each time it is there.
fn values<'t>(page: &'t str, attribute: &str) -> Vec<&'t str> {
    let mark = format!(" {attribute}=\"");
    page.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The form that an open page sends to ask for itself again.
fn again(page: &str) -> String {
    values(page, "data-formulaire")[0].replace("&#38;", "&")
}

/// The form of a page that holds that button, as a browser sends it when it is pressed.
fn form(page: &str, button: &str) -> (String, String) {
    let forms = page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap_or_default());
    let form = forms.into_iter().find(|form| form.contains(button)).expect("a form has that button");
    assert_eq!(values(form, "method"), ["post"]);
    let hidden = form.split("<input type=\"hidden\"").skip(1).map(|field| {
        let field = field.split('>').next().unwrap_or_default();
        format!("{}={}", values(field, "name")[0], values(field, "value")[0])
    });
    let pressed = form.split("<button").find(|one| one.contains(button)).expect("the button");
    let tag = pressed.split('>').next().unwrap_or_default();
    let said = values(tag, "name").into_iter().zip(values(tag, "value"));
    let body: Vec<String> = hidden.chain(said.map(|(name, value)| format!("{name}={value}"))).collect();
    (values(form, "action")[0].to_owned(), body.join("&"))
}

/// What a browser keeps, sends on or writes down of a page: where it leads, what it is called, how its parts are.
fn kept(page: &str) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for attribute in
        ["href", "action", "src", "id", "for", "name", "title", "class", "data-direct", "data-cle"]
    {
        kept.extend(values(page, attribute).into_iter().map(str::to_lowercase));
    }
    // The title of the page; those of a drawing name what is drawn.
    kept.extend(
        page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).map(str::to_lowercase),
    );
    kept
}

#[track_caller]
fn nobody_is_named(path: &str, answer: &Answer) {
    for one in kept(&answer.text) {
        assert!(!NAME.iter().any(|part| one.contains(part)), "{path} keeps a name: {one}");
    }
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).to_lowercase();
        assert!(!NAME.iter().any(|part| value.contains(part)), "{path} says a name in {name}");
    }
}

#[tokio::test]
async fn no_page_keeps_a_name_where_a_browser_or_a_proxy_would() {
    let stack = Stack::told().await;
    let named = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let (mut shown, mut seen) = (0, 0);
    let paths = followup::api().routes.into_iter().filter(|(method, _)| method.as_str() == "GET");
    for (_, path) in paths.filter(|(_, path)| !path.ends_with("direct") && !path.ends_with("events")) {
        let ids: &[u128] = if path.contains("{id}") { &[CASE, TESA, REFERENT, CHRS] } else { &[0] };
        for one in ids {
            let path = path.replace("{id}", &id(*one).to_string());
            let answer = stack.visit(&named, &path).await;
            nobody_is_named(&path, &answer);
            shown += usize::from(answer.status == 200);
            seen += usize::from(answer.text.contains("Selam"));
        }
    }
    assert!(shown > 25 && seen > 8, "{shown} pages, {seen} with the name");
    let case = stack.visit(&named, &format!("/dossiers/{}", id(CASE))).await.text;
    assert!(case.contains("<title>Dossier, Personne ") && case.contains("<h1>Selam Tesfay"), "{case}");
}

#[tokio::test]
async fn a_text_is_searched_by_a_form_and_stays_in_its_body() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    for board in ["/".to_owned(), format!("/plateformes/{}", id(TESA))] {
        let found = stack.submit(&inside, &board, "q=+S%C3%A9lam+tesf").await;
        assert_eq!((found.status.as_u16(), lines(&found.text)), (200, 1), "{}", found.text);
        nobody_is_named(&board, &found);
        assert!(found.text.contains("value=\"Sélam tesf\""), "what is searched stays in the field");
        // What is counted, the form and the live page go on with what is searched.
        let (action, body) = form(&found.text, "id=\"vue-emploi\"");
        assert_eq!(
            (action.as_str(), body.as_str()),
            (board.as_str(), "q=Sélam tesf&etat=ouverts&voir=emploi")
        );
        let working =
            stack.submit(&inside, &action, body.replace(' ', "+").replace('é', "%C3%A9")).await.text;
        assert!(
            lines(&working) == 1
                && working.contains("id=\"vue-emploi\" name=\"voir\" value=\"emploi\" aria-current")
        );
        let again = again(&working);
        assert_eq!(again, "q=S%C3%A9lam%20tesf&etat=ouverts&voir=emploi");
        assert!(working.contains("<span id=\"trouve\">1 personne trouvée</span>"), "{working}");
        let fragment = stack.submit(&inside, &format!("{board}?fragment=1"), again).await;
        assert!(fragment.text.trim_start().starts_with("<div id=\"vif\"") && lines(&fragment.text) == 1);
        // Cleared, the way of looking stays; and a form that searches nothing is the page at its address.
        assert!(values(&working, "href").contains(&format!("{board}?voir=emploi").as_str()));
        let cleared = stack.submit(&inside, &board, "q=+&etat=tous&voir=emploi").await;
        let there = cleared.headers["location"].to_str().expect("an address");
        assert_eq!(
            (cleared.status.as_u16(), there),
            (303, format!("{board}?voir=emploi&etat=tous").as_str())
        );
        let nobody = stack.submit(&inside, &board, "q=zzzz").await.text;
        assert!(
            lines(&nobody) == 0 && nobody.contains("Personne ne correspond à cette recherche."),
            "{nobody}"
        );
        assert!(values(&stack.visit(&inside, &board).await.text, "data-formulaire").is_empty());
    }
}

#[tokio::test]
async fn what_is_searched_is_kept_from_page_to_page() {
    let stack = Stack::start().await;
    let mut story = Story::default();
    directory(&mut story);
    for number in 0..103 {
        opening(&mut story, 2_000 + number, "Ana", &format!("Essai{number}"));
    }
    opening(&mut story, 3_000, "Ida", "Autrement");
    stack.tell(&story.facts).await;
    let inside = stack.token(&actor(Role::REFERENT_SOCIAL, REFERENT, CHRS)).await;
    let first = stack.submit(&inside, "/", "q=ana").await.text;
    assert_eq!(lines(&first), 100);
    assert!(
        first.contains("<span class=\"nombre\">103</span>") && !first.contains("Autrement"),
        "all are counted"
    );
    let (action, body) = form(&first, "Voir les personnes suivantes");
    let second = stack.submit(&inside, &action, body).await.text;
    assert!(
        lines(&second) == 3 && second.contains(">Ana Essai1<") && !second.contains("class=\"nombre\""),
        "{second}"
    );
    // Open, that page asks for itself again: the same three.
    assert_eq!(lines(&stack.submit(&inside, "/?fragment=1", again(&second)).await.text), 3);
    let (action, body) = form(&second, "Revenir aux dernières nouvelles");
    assert_eq!(lines(&stack.submit(&inside, &action, body).await.text), 100);
}

#[tokio::test]
async fn a_search_from_elsewhere_or_that_is_not_one_is_refused() {
    let stack = Stack::told().await;
    let inside = stack.token(&actor(Role::CIP, CIP, ACI)).await;
    let long = format!("q={}", "a".repeat(201));
    for wrong in ["q=a&nom=b", "q=a&etat=ailleurs", "q=a&suite=b", long.as_str()] {
        assert_eq!(stack.submit(&inside, "/", wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(stack.submit(&inside, "/?q=a", "").await.status, 400);
    assert_eq!(stack.submit(&inside, &format!("/plateformes/{}", id(77)), "q=a").await.status, 404);
    let signed_out = stack.submit("jal_faux", "/", "q=selam").await;
    assert_eq!(
        (signed_out.status.as_u16(), &signed_out.headers["location"]),
        (303, &"/connexion".parse().expect("one"))
    );
    let request = Request::post("/")
        .header(header::AUTHORIZATION, format!("Bearer {inside}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(stack.send(request.body(Body::from("q=selam")).expect("a request")).await.status, 403);
}
