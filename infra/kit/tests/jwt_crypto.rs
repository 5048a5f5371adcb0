//! Tokens that Node.js has signed (`tokens.json`), verified by the keys that it wrote.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::{collections::BTreeMap, fs};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode,
    jwk::{Jwk, ThumbprintHash},
};
use rookery_kit::{ed25519::Ed25519Key, jwks::KeyFile, jwt_crypto};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Signed {
    rsa_pem: String,
    keys: BTreeMap<String, Jwk>,
    tokens: BTreeMap<String, String>,
}

fn signed() -> Signed {
    jwt_crypto::install();
    serde_json::from_str(include_str!("tokens.json")).unwrap()
}

fn kind(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "Ed25519",
        Algorithm::ES256 => "P-256",
        Algorithm::ES384 => "P-384",
        _ => "RSA",
    }
}

fn is_good(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    decode::<Value>(token, key, &Validation::new(algorithm)).is_ok()
}

/// The token with another signature, another text, and a signature that is too short.
fn forged(token: &str) -> [String; 3] {
    let (text, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{text}.{first}{}", &signature[1..]);
    let mut parts = token.split('.');
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    let others = format!("{header}.{}A.{signature}", &claims[..claims.len() - 1]);
    [changed, others, format!("{text}.{}", &signature[4..])]
}

#[test]
fn every_algorithm_tells_good_tokens_from_forged_ones() {
    let Signed { keys, tokens, .. } = signed();
    assert_eq!(tokens.len(), 9);
    for (name, token) in &tokens {
        let algorithm: Algorithm = name.parse().unwrap();
        let key = DecodingKey::from_jwk(&keys[kind(algorithm)]).unwrap();
        assert!(is_good(token, &key, algorithm), "{name}");
        for forged in forged(token) {
            assert!(!is_good(&forged, &key, algorithm), "{name}");
        }
        for (other, jwk) in keys.iter().filter(|(other, _)| *other != kind(algorithm)) {
            let key = DecodingKey::from_jwk(jwk).unwrap();
            assert!(!is_good(token, &key, algorithm), "{name} by {other}");
        }
    }
}

#[test]
fn pem_key_is_the_same_as_the_one_by_its_numbers() {
    let Signed {
        rsa_pem,
        keys,
        tokens,
    } = signed();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    fs::write(&path, rsa_pem).unwrap();
    let thumbprint = keys["RSA"].thumbprint(ThumbprintHash::SHA256).unwrap();
    let found = KeyFile::open(path).unwrap().find(&thumbprint).unwrap();
    for name in ["RS256", "PS512"] {
        let algorithm = name.parse().unwrap();
        assert!(is_good(&tokens[name], &found.key, algorithm), "{name}");
        for forged in forged(&tokens[name]) {
            assert!(!is_good(&forged, &found.key, algorithm), "{name}");
        }
    }
}

#[test]
fn secrets_sign_and_verify_with_their_own_digest_alone() {
    jwt_crypto::install();
    let secret = [7; 64];
    let claims = json!({ "exp": 9_999_999_999_u64 });
    let all = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    for algorithm in all {
        let signing = EncodingKey::from_secret(&secret).unwrap();
        let token = encode(&Header::new(algorithm), &claims, &signing).unwrap();
        let key = DecodingKey::from_secret(&secret).unwrap();
        for other in all {
            assert_eq!(is_good(&token, &key, other), other == algorithm);
        }
        let other = DecodingKey::from_secret(&[8; 64]).unwrap();
        assert!(!is_good(&token, &other, algorithm));
    }
}

#[test]
fn made_key_signs_what_its_public_half_verifies() {
    jwt_crypto::install();
    let key = Ed25519Key::generate().unwrap();
    let signing = EncodingKey::from_ed_der(&key.to_der());
    let claims = json!({ "exp": 9_999_999_999_u64 });
    let token = encode(&Header::new(Algorithm::EdDSA), &claims, &signing).unwrap();
    let public = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).unwrap();
    let public = DecodingKey::from_jwk(&public).unwrap();
    assert!(is_good(&token, &public, Algorithm::EdDSA));
    for forged in forged(&token) {
        assert!(!is_good(&forged, &public, Algorithm::EdDSA));
    }
}
