use std::fs;

use jsonwebtoken::{EncodingKey, encode, jwk::Jwk};
use serde_json::json;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Section `standalone` with the secret alone.
fn with_secret() -> StandaloneConfig {
    StandaloneConfig {
        hmac_secret: Some(Secret::new(SECRET)),
        ..StandaloneConfig::default()
    }
}

fn keys(config: &StandaloneConfig) -> TokenKeys {
    config.keys().unwrap().unwrap()
}

/// Seconds since 1970-01-01, that many from now.
fn from_now(seconds: i64) -> i64 {
    clock::now_ms() / 1_000 + seconds
}

/// An Ed25519 key: RFC 8410 in front of the seed.
fn ed25519(seed: u8) -> EncodingKey {
    jwt_crypto::install();
    let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
    der.extend([seed; 32]);
    EncodingKey::from_ed_der(&der)
}

fn signed(algorithm: Algorithm, claims: &Value, key: &EncodingKey) -> String {
    encode(&Header::new(algorithm), claims, key).unwrap()
}

fn by_secret(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes()).unwrap();
    signed(Algorithm::HS256, claims, &key)
}

#[test]
fn token_says_who_and_what() {
    let keys = keys(&with_secret());
    let exp = from_now(60);
    let claims = json!({ "sub": "ada", "exp": exp, "jti": "j", "channels": ["news:1"],
        "info": { "name": "Ada" } });
    let identity = keys.verify(&by_secret(&claims)).unwrap();
    let expected = Identity {
        user: "ada".into(),
        session: "j".into(),
        info: r#"{"name":"Ada"}"#.into(),
        expires_at_ms: exp * 1_000,
        grants: Vec::new(),
        next_grants: String::new(),
        channels: vec!["news:1".into()],
    };
    assert_eq!(identity, expected);
    let claims = json!({ "sub": "ada", "exp": 1e12 + 0.5, "jti": "j", "sid": "s" });
    let identity = keys.verify(&by_secret(&claims)).unwrap();
    assert_eq!(identity.session, "s");
    assert_eq!(identity.expires_at_ms, 1_000_000_000_000_500);
    assert_eq!(keys.verify_stats().calls.get(), 2);
}

#[test]
fn token_without_an_owner_or_an_end_is_none() {
    let keys = keys(&with_secret());
    let exp = from_now(60);
    for claims in [
        json!({ "exp": exp }),
        json!({ "sub": "", "exp": exp }),
        json!({ "sub": 7, "exp": exp }),
        json!({ "sub": "ada" }),
        json!({ "sub": "ada", "exp": "never" }),
        json!({ "sub": "ada", "exp": exp, "nbf": exp }),
        json!({ "sub": "ada", "exp": exp, "aud": "somebody else" }),
        json!({ "sub": "ada", "exp": exp, "channel": "news:1" }),
    ] {
        let refused = keys.verify(&by_secret(&claims));
        assert_eq!(refused, Err(VerifyError::Invalid), "{claims}");
    }
    let late = json!({ "sub": "ada", "exp": from_now(0) });
    assert_eq!(keys.verify(&by_secret(&late)), Err(VerifyError::Expired));
    let foreign = EncodingKey::from_secret(&[b'x'; 32]).unwrap();
    let forged = signed(Algorithm::HS256, &late, &foreign);
    assert_eq!(keys.verify(&forged), Err(VerifyError::Invalid));
}

#[test]
fn what_is_not_supported_is_refused_by_name_and_counted() {
    let keys = keys(&with_secret());
    for claim in ["subs", "meta", "caps", "b64info", "expire_at"] {
        let claims = json!({ "sub": "ada", "exp": from_now(60), claim: {} });
        let refused = keys.verify(&by_secret(&claims));
        assert_eq!(refused, Err(VerifyError::Invalid), "{claim}");
    }
    for claim in ["override", "meta", "caps", "b64info"] {
        let claims = json!({ "sub": "ada", "channel": "c", "exp": from_now(60), claim: {} });
        let refused = keys.permit(&by_secret(&claims), "ada", "c");
        assert_eq!(refused, Err(VerifyError::Invalid), "{claim}");
    }
    let count = |reason| keys.verify_stats().refused.count(reason);
    assert_eq!(count(Reason::ClaimUnsupported), 9);
    let own = json!({ "sub": "ada", "exp": from_now(60), "role": "admin" });
    keys.verify(&by_secret(&own)).unwrap();
    let _ = keys.verify("nonsense");
    let _ = keys.verify(&by_secret(&json!({ "sub": "ada", "exp": 1 })));
    let foreign = EncodingKey::from_secret(&[b'x'; 32]).unwrap();
    let _ = keys.verify(&signed(Algorithm::HS256, &own, &foreign));
    let _ = keys.verify(&signed(Algorithm::EdDSA, &own, &ed25519(1)));
    for reason in [
        Reason::Malformed,
        Reason::Expired,
        Reason::Signature,
        Reason::NoKey,
    ] {
        assert_eq!(count(reason), 1, "{reason:?}");
    }
}

#[test]
fn revocation_is_for_what_was_issued_before() {
    let keys = keys(&with_secret());
    let token = |iat: i64, sid: &str| {
        by_secret(&json!({ "sub": "ada", "sid": sid, "iat": iat, "exp": from_now(60) }))
    };
    let ticket = by_secret(
        &json!({ "sub": "ada", "channel": "c", "iat": from_now(-10), "exp": from_now(60) }),
    );
    let (old, new) = (token(from_now(-10), "s"), token(from_now(10), "s"));
    keys.verify(&old).unwrap();
    let session = Subject::Session("s".into());
    keys.revoke(&[session], None).unwrap();
    assert_eq!(keys.verify(&old), Err(VerifyError::Revoked));
    keys.verify(&new).unwrap();
    keys.verify(&token(from_now(-10), "other")).unwrap();
    keys.permit(&ticket, "ada", "c").unwrap();
    keys.revoke(
        &[Subject::User("ada".into())],
        Some(clock::now_ms() + 60_000),
    )
    .unwrap();
    let refused = keys.permit(&ticket, "ada", "c");
    assert_eq!(refused, Err(VerifyError::Revoked));
}

#[test]
fn issuer_and_audience_are_demanded_where_they_are_set() {
    let keys = keys(&StandaloneConfig {
        issuer: Some("shop".into()),
        audience: Some("hub".into()),
        ..with_secret()
    });
    let verify = |more: Value| {
        let mut claims = json!({ "sub": "ada", "exp": from_now(60) });
        let claims_map = claims.as_object_mut().unwrap();
        claims_map.extend(more.as_object().unwrap().clone());
        keys.verify(&by_secret(&claims)).is_ok()
    };
    assert!(verify(json!({ "iss": "shop", "aud": "hub" })));
    assert!(verify(json!({ "iss": "shop", "aud": ["other", "hub"] })));
    assert!(!verify(json!({ "iss": "shop" })));
    assert!(!verify(json!({ "aud": "hub" })));
    assert!(!verify(json!({ "iss": "shop", "aud": "other" })));
    assert!(!verify(json!({ "iss": "other", "aud": "hub" })));
}

#[test]
fn key_is_good_for_its_own_algorithm_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let mut ours = Jwk::from_encoding_key(&ed25519(1), Algorithm::EdDSA).unwrap();
    ours.common.key_id = Some("ours".into());
    fs::write(&path, json!({ "keys": [ours] }).to_string()).unwrap();
    let config = StandaloneConfig {
        keys_file: Some(path.clone()),
        ..StandaloneConfig::default()
    };
    let claims = json!({ "sub": "ada", "exp": from_now(60) });
    let token = |kid: Option<&str>, key: &EncodingKey| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = kid.map(str::to_owned);
        encode(&header, &claims, key).unwrap()
    };
    let keys_alone = keys(&config);
    for kid in [None, Some("ours"), Some("unknown")] {
        let verified = keys_alone.verify(&token(kid, &ed25519(1)));
        assert_eq!(verified.unwrap().user, "ada", "{kid:?}");
        let forged = keys_alone.verify(&token(kid, &ed25519(2)));
        assert_eq!(forged, Err(VerifyError::Invalid), "{kid:?}");
    }
    // What everybody knows is no secret, in none of its forms.
    let known = [
        fs::read(&path).unwrap(),
        DecodingKey::from_jwk(&ours)
            .unwrap()
            .try_get_as_bytes()
            .unwrap()
            .to_vec(),
    ];
    let keys_and_secret = keys(&StandaloneConfig {
        hmac_secret: Some(Secret::new(SECRET)),
        ..config
    });
    for secret in known {
        let key = EncodingKey::from_secret(&secret).unwrap();
        let forged = signed(Algorithm::HS256, &claims, &key);
        assert_eq!(keys_alone.verify(&forged), Err(VerifyError::Invalid));
        assert_eq!(keys_and_secret.verify(&forged), Err(VerifyError::Invalid));
    }
    assert_eq!(
        keys_alone.verify(&by_secret(&claims)),
        Err(VerifyError::Invalid)
    );
    assert!(keys_and_secret.verify(&by_secret(&claims)).is_ok());
    let hs512 = signed(
        Algorithm::HS512,
        &claims,
        &EncodingKey::from_secret(SECRET.as_bytes()).unwrap(),
    );
    assert_eq!(keys_and_secret.verify(&hs512), Err(VerifyError::Invalid));
}

#[test]
fn subscription_is_for_one_user_one_channel_and_its_time() {
    let keys = keys(&with_secret());
    let (soon, later) = (from_now(60), from_now(600));
    let permit = |more: Value| {
        let mut claims = json!({ "sub": "ada", "channel": "news:1", "exp": soon });
        let claims_map = claims.as_object_mut().unwrap();
        claims_map.extend(more.as_object().unwrap().clone());
        let permission = keys.permit(&by_secret(&claims), "ada", "news:1")?;
        Ok((permission.expires_at_ms, permission.info))
    };
    let none = Bytes::new();
    assert_eq!(permit(json!({})), Ok((Some(soon * 1_000), none.clone())));
    let colour = permit(json!({ "info": ["red"] })).unwrap().1;
    assert_eq!(colour, r#"["red"]"#);
    assert_eq!(
        permit(json!({ "expire_at": later })),
        Ok((Some(later * 1_000), none.clone()))
    );
    assert_eq!(permit(json!({ "expire_at": 0 })), Ok((None, none)));
    assert_eq!(permit(json!({ "expire_at": 1 })), Err(VerifyError::Expired));
    assert_eq!(
        permit(json!({ "exp": from_now(-10) })),
        Err(VerifyError::Expired)
    );
    for foreign in [
        json!({ "sub": "eve" }),
        json!({ "channel": "news:2" }),
        json!({ "channel": null }),
    ] {
        assert_eq!(permit(foreign), Err(VerifyError::Invalid));
    }
}

#[test]
fn section_that_cannot_be_meant_is_named() {
    let complaint = |config: StandaloneConfig| config.keys().err().unwrap().to_string();
    assert!(StandaloneConfig::default().keys().unwrap().is_none());
    let short = StandaloneConfig {
        hmac_secret: Some(Secret::new(&SECRET[1..])),
        ..StandaloneConfig::default()
    };
    assert!(complaint(short).starts_with("standalone.hmac_secret has less"));
    let keyless = StandaloneConfig {
        audience: Some("hub".into()),
        ..StandaloneConfig::default()
    };
    assert!(complaint(keyless).starts_with("standalone.audience is set, and neither"));
    let missing = StandaloneConfig {
        keys_file: Some("/nowhere".into()),
        ..StandaloneConfig::default()
    };
    assert!(complaint(missing).starts_with("standalone.keys_file: /nowhere"));
}
