//! The pages in a real browser: accessible, by keyboard, on a phone, on paper, without JavaScript, and
//! keeping themselves up to date.

use std::process::Stdio;

use testkit::stack::{Demo, folder, node, project};
use tokio::process::Command;

/// Everything the browser tests need; says what is missing.
fn needed() {
    let node = std::process::Command::new(node()).arg("--version").stdout(Stdio::null()).status();
    assert!(node.is_ok_and(|status| status.success()), "Node is missing: « make setup-tests » installs it");
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let chromium = std::path::Path::new(&chromium);
    assert!(chromium.exists(), "{} is missing: « make setup-tests » installs it", chromium.display());
    let packages = project().join("tests/browser/node_modules/playwright-core");
    assert!(packages.exists(), "{} is missing: « make setup-tests » installs it", packages.display());
}

#[tokio::test]
async fn the_pages_hold_what_they_promise_in_a_browser() {
    needed();
    let demo = Demo::start("browser", false).await;
    let screenshots = folder("browser-screenshots").keep();
    let output = Command::new(node())
        .arg(project().join("tests/browser/pages.mjs"))
        .arg(demo.dir.join("run.json"))
        .arg(&screenshots)
        .kill_on_drop(true)
        .output()
        .await
        .expect("node runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "the pages do not hold; screenshots: {}", screenshots.display());
    demo.stop().await;
}
