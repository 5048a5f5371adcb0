use std::fs;

use super::*;

#[test]
fn time_to_stop_is_what_the_configuration_says() {
    let printed = "listen = \"127.0.0.1:1\"\ndrain_ms = 20000\nstop_within_ms = 5000\n\n\
        [hub]\ndrain_ms = 7\n";
    assert_eq!(stopping_ms(printed), 25_000);
    assert_eq!(stopping_ms(""), 0);
}

/// The cores that `places.sh` chooses, among two that both took requests before: `looks` are
/// what is there and what of it is ready, look by look.
fn chosen(looks: &[(&str, &str)]) -> String {
    let looks: Vec<String> = looks
        .iter()
        .map(|(all, ready)| format!("choose '{all}' \"$(tr ' ' '\n' <<<'{ready}')\""))
        .collect();
    let script = format!(
        "set -euo pipefail; source settings.sh; source places.sh; cores=$'a/1\\nb/2'; {}; echo $cores",
        looks.join("; ")
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(repository().join("infra/nginx"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn unready_core_is_left_out_while_another_one_is_ready() {
    let both = "a/1 b/2";
    assert_eq!(chosen(&[(both, both)]), both);
    assert_eq!(chosen(&[(both, "a/1")]), both, "once may be chance");
    assert_eq!(chosen(&[(both, "a/1"), (both, "a/1")]), "a/1");
    let back = [(both, "a/1"), (both, "a/1"), (both, both)];
    assert_eq!(chosen(&back), both);
    let interrupted = [(both, "a/1"), (both, both), (both, "a/1")];
    assert_eq!(chosen(&interrupted), both);
}

#[test]
fn unready_cores_stay_when_none_is_ready() {
    let both = "a/1 b/2";
    assert_eq!(chosen(&[(both, ""), (both, ""), (both, "")]), both);
    let one_after_the_other = [(both, "a/1"), (both, "a/1"), (both, ""), (both, "")];
    assert_eq!(chosen(&one_after_the_other), "a/1");
    assert_eq!(chosen(&[("a/1", "a/1")]), "a/1", "the other one is gone");
    let joined = [("a/1 c/3", "a/1"), ("a/1 c/3", "a/1 c/3")];
    assert_eq!(chosen(&joined), "a/1 c/3");
}

/// Every address of the client's own gets the client, every other one 404.
#[test]
fn nginx_knows_the_clients_addresses() {
    let read = |file: &str| fs::read_to_string(repository().join(file)).unwrap();
    let routes = read("client/src/app/App.tsx");
    let nginx = read("infra/nginx/nginx.conf");
    let (_, after) = nginx.split_once(r#"location ~ "^/(("#).unwrap();
    let known: Vec<&str> = after.split(')').next().unwrap().split('|').collect();
    let routes = routes.split(r#"path="/"#).skip(1);
    let used: BTreeMap<&str, ()> = routes
        .map(|route| (route.split(['/', '"']).next().unwrap(), ()))
        .filter(|(first, ())| !first.is_empty())
        .collect();
    assert!(used.len() > 4, "the client's routes have moved");
    for first in used.keys().chain(&["admin"]) {
        assert!(known.contains(first), "nginx.conf does not know /{first}");
    }
}
