//! A reader of HTML stricter than browsers: anything our templates never write is wrong.

/// Elements of the templates.
const ELEMENTS: &[&str] = &[
    "!doctype", "html", "head", "meta", "title", "link", "script", "body", "a", "svg", "symbol", "circle",
    "path", "rect", "use", "g", "text", "line", "desc", "header", "footer", "main", "nav", "section",
    "article", "div", "p", "span", "strong", "br", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "form", "label", "input", "select", "option",
    "button", "details", "summary", "time", "fieldset", "legend", "textarea", "small", "style",
];

/// What is wrong in that page: an element or an attribute that is not ours, a value without quotes, an address
/// that is a program, a script that is not a file of ours.
pub fn wrong(page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        match tag(rest) {
            Ok((name, attributes, after)) => {
                check(&name, &attributes, after, &mut wrong);
                rest = after;
            }
            Err(why) => {
                let near: String = rest.chars().take(80).collect();
                wrong.push(format!("{why}: <{near}"));
            }
        }
    }
    wrong
}

type Attributes = Vec<(String, String)>;

fn tag(text: &str) -> Result<(String, Attributes, &str), &'static str> {
    let end =
        text.find(|sign: char| sign.is_whitespace() || sign == '>' || sign == '/' && !text.starts_with('/'));
    let name = &text[..end.ok_or("a tag without an end")?];
    let mut rest = &text[name.len()..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
            return Ok((name.trim_start_matches('/').to_lowercase(), attributes, after));
        }
        let end = rest.find(['=', '>', ' ', '\n', '/']).ok_or("an attribute without an end")?;
        let attribute = &rest[..end];
        if attribute.is_empty() || !attribute.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err("an attribute that is no name");
        }
        rest = &rest[end..];
        let Some(value) = rest.strip_prefix('=') else {
            attributes.push((attribute.to_owned(), String::new()));
            continue;
        };
        let value = value.strip_prefix('"').ok_or("a value without quotes")?;
        let end = value.find('"').ok_or("a value without an end")?;
        attributes.push((attribute.to_lowercase(), value[..end].to_owned()));
        rest = &value[end + 1..];
    }
}

fn check(name: &str, attributes: &Attributes, after: &str, wrong: &mut Vec<String>) {
    if !ELEMENTS.contains(&name) {
        wrong.push(format!("an element <{name}>"));
    }
    for (attribute, value) in attributes {
        if attribute.starts_with("on") || ["style", "srcdoc", "formaction"].contains(&attribute.as_str()) {
            wrong.push(format!("<{name} {attribute}>"));
        }
        let address = ["href", "src", "action", "data-direct"].contains(&attribute.as_str());
        let ours =
            ["/", "#", "?"].iter().any(|beginning| value.starts_with(beginning)) && !value.starts_with("//");
        if address && !ours {
            wrong.push(format!("<{name} {attribute}={value}>"));
        }
        if value.contains(['<', '>']) {
            wrong.push(format!("<{name} {attribute}> holds a tag: {value}"));
        }
    }
    // A file to take away holds its own style, which calls nothing.
    if name == "style" && ["url(", "@import", "expression("].iter().any(|call| style(after).contains(call)) {
        wrong.push(format!("a style that calls: {}", style(after)));
    }
    if name == "script" {
        let inside = after.split("</script>").next().unwrap_or_default();
        let file = attributes.iter().any(|(name, value)| name == "src" && value.starts_with("/statique/"));
        if !inside.is_empty() && !inside.contains('<')
            || !file && inside.is_empty() && after.starts_with("</script")
        {
            wrong.push(format!("a script in the page: {inside}"));
        }
    }
}

fn style(after: &str) -> &str {
    after.split("</style>").next().unwrap_or_default()
}

#[test]
fn what_a_browser_would_run_is_seen() {
    let good = "<!doctype html>\n<p class=\"x\">&lt;img onerror&gt; <a href=\"/dossiers/1\">là</a><br><svg><use href=\"#fait\"/></svg></p>";
    assert_eq!(wrong(good), Vec::<String>::new());
    for bad in [
        "<p><img src=x></p>",
        "<p onclick=\"x()\">a</p>",
        "<p class=x>a</p>",
        "<a href=\"javascript:x()\">a</a>",
        "<a href=\"//ailleurs.example\">a</a>",
        "<p title=\"\" \"onfocus=x\">a</p>",
        "<p title=\"<b>\">a</p>",
        "<p>a < b</p>",
        "<script>x()</script>",
        "<style>p { background: url(//ailleurs.example) }</style>",
        "<!-- <img> -->",
    ] {
        assert!(!wrong(bad).is_empty(), "{bad}");
    }
}
