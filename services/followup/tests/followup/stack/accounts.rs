//! How long what lets people in is kept: accounts and sheets, to the day, over a real Postgres.

use access::OwnCase;
use followup::accounts::{self, Ending};
use jiff::ToSpan as _;
use sign_in::{Accounts, Identity, Invitation, Linked};
use uuid::Uuid;

use super::{super::invented::*, *};

const SIRET: &str = "00090001400010";

fn identity(subject: &str) -> Identity {
    Identity {
        issuer: "https://fournisseur.example".into(),
        subject: subject.into(),
        siret: Some(SIRET.into()),
        second_factor_at: None,
        id_token: String::new(),
    }
}

impl Stack {
    fn accounts(&self) -> Accounts {
        Accounts::new(self.runtime.pool.clone())
    }

    fn at(&self, instant: &str) {
        self.ground.clock.set(instant.parse().expect("an instant"));
    }

    /// Someone enters for the first time, today.
    async fn enters_first(&self, subject: &str, professional_id: Uuid) {
        let now = self.runtime.clock.now();
        let invitation = Invitation { professional_id, siret: SIRET.into(), until: now + 24.hours() };
        let given = self.accounts().invite(&invitation).await.expect("an invitation");
        let linked = self.accounts().link(&identity(subject), &Accounts::reference(&given), now).await;
        assert_eq!(linked.expect("linked"), Linked::Yes(professional_id));
    }

    /// Whether someone enters who has an account.
    async fn enters(&self, subject: &str) -> bool {
        let known = self.accounts().professional(&identity(subject), self.runtime.clock.now()).await;
        known.expect("asked").is_some()
    }

    async fn rows(&self, table: &str) -> i64 {
        let client = self.runtime.pool.get().await.expect("a connection");
        client.query_one(&format!("select count(*) from {table}"), &[]).await.expect("counted").get(0)
    }

    async fn ending(&self, until: &str) -> Vec<Ending> {
        accounts::ending(&self.runtime, until.parse().expect("a day")).await.expect("read")
    }
}

#[tokio::test]
async fn an_account_goes_two_years_after_its_professional_last_entered_and_not_a_day_before() {
    // Given two professionals who entered on 23 November 2026, each with a second factor, one of whom came back.
    let stack = Stack::start().await;
    let (gone, back) = (id(1), id(2));
    stack.enters_first("gone", gone).await;
    stack.enters_first("back", back).await;
    for professional in [gone, back] {
        stack.ground.as_owner(&format!("insert into sign_in.second_factor values ('{professional}')")).await;
    }
    stack.at("2027-03-01T08:00:00Z");
    assert!(stack.enters("back").await);
    // And an invitation that nobody took up.
    let until = stack.runtime.clock.now() + 24.hours();
    let invitation = Invitation { professional_id: id(3), siret: SIRET.into(), until };
    stack.accounts().invite(&invitation).await.expect("an invitation");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 0);
    assert_eq!(stack.rows("sign_in.invitation").await, 1);

    // Then the dry run says from which day, and names nobody.
    assert_eq!(stack.ending("2028-11-23").await, []);
    let due_on = "2028-11-24".parse().expect("a day");
    let one = Ending { rule: "conservation.comptes", count: 1, due_on };
    assert_eq!(stack.ending("2028-11-24").await, [one]);

    // When the last second of 23 November 2028 passes in Paris.
    stack.at("2028-11-23T22:59:59Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 0);
    assert_eq!(stack.rows("sign_in.invitation").await, 0, "that nobody took up");
    stack.at("2028-11-23T23:00:00Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 1);
    // Then whoever did not come back has no account, nor second factor; the other has both.
    assert!(!stack.enters("gone").await);
    assert!(stack.enters("back").await);
    assert_eq!((stack.rows("sign_in.account").await, stack.rows("sign_in.second_factor").await), (1, 1));
    // And an invitation lets them in again.
    stack.enters_first("gone", gone).await;
    assert!(stack.enters("gone").await);
}

#[tokio::test]
async fn a_second_factor_stays_with_whoever_has_another_account() {
    let stack = Stack::start().await;
    stack.enters_first("one", id(1)).await;
    stack.ground.as_owner(&format!("insert into sign_in.second_factor values ('{}')", id(1))).await;
    stack.at("2028-01-01T08:00:00Z");
    let other =
        "insert into sign_in.account select 'https://ailleurs.example', subject, professional_id, linked_at,
        '2028-01-01T08:00:00Z' from sign_in.account";
    stack.ground.as_owner(other).await;
    stack.at("2028-12-01T08:00:00Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 1);
    assert_eq!((stack.rows("sign_in.account").await, stack.rows("sign_in.second_factor").await), (1, 1));
}

#[tokio::test]
async fn what_is_left_of_a_sheet_goes_a_year_after_its_last_day() {
    let stack = Stack::start().await;
    let now = stack.runtime.clock.now();
    for (access, days) in [(90_001, 90), (90_002, 30)] {
        let own = OwnCase { case_id: id(CASE), access_id: id(access) };
        let until = now + (24 * days).hours();
        stack.runtime.tokens.hand_over(own, now, until).await.expect("a database").expect("once");
    }
    // The first is over on 21 February 2027, the second on 23 December 2026.
    let due_on = "2027-12-24".parse().expect("a day");
    let one = Ending { rule: "conservation.feuilles", count: 1, due_on };
    assert_eq!(stack.ending("2027-12-24").await, [one]);
    stack.at("2027-12-23T22:59:59Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 0);
    stack.at("2027-12-23T23:00:00Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 1);
    assert_eq!(stack.rows("access.own_access").await, 1);
    stack.at("2028-02-22T08:00:00Z");
    assert_eq!(accounts::round(&stack.runtime).await.expect("done"), 1);
    assert_eq!(stack.rows("access.own_access").await, 0);
}

#[tokio::test]
async fn the_month_of_a_reading_is_dropped_twelve_months_after_its_end_and_is_told_before() {
    let stack = Stack::start().await;
    let rows = "create table access.reading_2025_03 partition of access.reading
            for values from ('2025-03-01T00:00:00Z') to ('2025-04-01T00:00:00Z');
        insert into access.reading (at, role, name, purpose, emergency, classes, cases, listed)
        values ('2025-03-31T23:30:00Z', 'CIP', 'case.read', '', false, '{}', '{}', '{}'),
               ('2025-03-01T08:00:00Z', 'CIP', 'case.read', '', false, '{}', '{}', '{}')";
    stack.ground.as_owner(rows).await;
    assert_eq!(stack.ending("2026-03-31").await, []);
    let due_on = "2026-04-01".parse().expect("a day");
    let told = Ending { rule: "conservation.consultations", count: 2, due_on };
    assert_eq!(stack.ending("2026-04-30").await, [told]);
    // What drops them goes by the clock of the database, which is past that day.
    stack.ground.as_owner("select access.keep_readings()").await;
    assert_eq!(stack.ending("2026-04-30").await, []);
}
