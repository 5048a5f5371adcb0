//! Tokens that a hub without a core checks by itself: JWTs (RFC 7519) that a back-end of the
//! operator's signs.

use std::{future::ready, io, path::PathBuf};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header, errors::ErrorKind,
};
use rookery_kit::{
    jwks::{KeyFile, KeyFileError, VerificationKey},
    jwt_crypto,
    secret::Secret,
};
use schemars::JsonSchema;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use crate::{
    clock,
    connection::link::Subject,
    counters::{VerifyStats, refused_tokens::Reason},
    identity::{
        Authority, Identity, VerifyError,
        revocations::{IssuedAt, Revocations, RevokeRefused, Standing},
    },
    protocol::payload,
};

/// How far the back-end's clock may be ahead, in seconds, where a token says from when on it is good.
/// Its end has no leeway: who was let in after it would be sent away at once and come back.
const LEEWAY_S: u64 = 2;

/// How long tokens are good at most, unless the operator says so.
const TOKEN_LIFE_S: u32 = 24 * 60 * 60;

/// HMAC with SHA-256 wants a key of at least its digest's size (RFC 7518, section 3.2).
const SECRET_BYTES_MIN: usize = 32;

/// Section `standalone`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StandaloneConfig {
    /// Public keys that tokens are signed with, as a JWK Set or PEM: RSA, P-256, P-384 or Ed25519.
    /// Read again when the file changes. This key or `hmac_secret` makes the hub do without a core;
    /// both are not set where there is one.
    pub keys_file: Option<PathBuf>,
    /// Secret that tokens are signed with by HS256, 32 bytes or more: the text itself or
    /// `file:PATH`. Not set, `keys_file` alone checks tokens.
    pub hmac_secret: Option<Secret>,
    /// What `iss` of every token must be. Not set, it is not looked at.
    pub issuer: Option<String>,
    /// What `aud` of every token must be or contain. Not set, a token that has `aud` is for
    /// somebody else.
    pub audience: Option<String>,
    /// Where revocations are kept, so that they outlive a restart. Not set, a restart forgets them.
    pub revocations_file: Option<PathBuf>,
    /// How long a revocation is kept that does not say: as long as your tokens are good at most. Not
    /// set, a day.
    #[schemars(range(min = 1), extend("x-default" = "`86400`"))]
    pub token_life_s: Option<u32>,
}

/// Why the section cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    /// The file of public keys cannot be read.
    #[error("standalone.keys_file: {0}")]
    Keys(#[from] KeyFileError),
    /// The file of revocations cannot be used.
    #[error("standalone.revocations_file: {0}")]
    Revocations(#[source] io::Error),
    /// It can be guessed.
    #[error("standalone.hmac_secret has less than {SECRET_BYTES_MIN} bytes")]
    ShortSecret,
    /// There is nothing to check tokens with.
    #[error(
        "standalone.{0} is set, and neither standalone.keys_file nor standalone.hmac_secret is: \
         set one of them, or none of the section"
    )]
    NoKeys(&'static str),
}

impl StandaloneConfig {
    /// Whether the hub does without a core.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.keys_file.is_some() || self.hmac_secret.is_some()
    }

    /// The keys, unless the hub has a core.
    ///
    /// # Errors
    /// [`StandaloneError`].
    pub fn keys(&self) -> Result<Option<TokenKeys>, StandaloneError> {
        if self.is_on() {
            return TokenKeys::new(self).map(Some);
        }
        let set = [
            ("issuer", self.issuer.is_some()),
            ("audience", self.audience.is_some()),
            ("revocations_file", self.revocations_file.is_some()),
            ("token_life_s", self.token_life_s.is_some()),
        ];
        match set.into_iter().find(|(_, is_set)| *is_set) {
            Some((key, _)) => Err(StandaloneError::NoKeys(key)),
            None => Ok(None),
        }
    }
}

/// What a token says of a connection.
#[derive(Deserialize)]
struct ConnectionClaims {
    sub: String,
    exp: f64,
    iat: Option<f64>,
    sid: Option<String>,
    jti: Option<String>,
    info: Option<Value>,
    #[serde(default)]
    channels: Vec<String>,
    /// Of a subscription's token, which is no key to the house.
    channel: Option<IgnoredAny>,
    /// The rest is not supported.
    subs: Option<IgnoredAny>,
    meta: Option<IgnoredAny>,
    caps: Option<IgnoredAny>,
    b64info: Option<IgnoredAny>,
    expire_at: Option<IgnoredAny>,
}

/// What a token says of a subscription.
#[derive(Deserialize)]
struct SubscriptionClaims {
    sub: String,
    channel: String,
    exp: f64,
    iat: Option<f64>,
    sid: Option<String>,
    jti: Option<String>,
    /// When the subscription ends if that is not when the token does; 0 for never.
    expire_at: Option<f64>,
    info: Option<Value>,
    /// The rest is not supported.
    r#override: Option<IgnoredAny>,
    meta: Option<IgnoredAny>,
    caps: Option<IgnoredAny>,
    b64info: Option<IgnoredAny>,
}

/// Why a token is refused, and what of it.
struct Flaw(Reason, String);

/// What a token of a subscription lets its user do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Until when, in UTC milliseconds since 1970-01-01; `None` when that does not end.
    pub expires_at_ms: Option<i64>,
    /// What others in the channel are told of the subscriber, JSON on one line; may be empty.
    pub info: Bytes,
}

/// Verifies tokens with the operator's keys.
pub struct TokenKeys {
    public: Option<KeyFile>,
    secret: Option<VerificationKey>,
    /// What is asked of every token; the algorithm is asked for by the key.
    validation: Validation,
    stats: VerifyStats,
    revocations: Revocations,
    token_life_ms: i64,
}

impl TokenKeys {
    fn new(config: &StandaloneConfig) -> Result<Self, StandaloneError> {
        jwt_crypto::install();
        let secret = config.hmac_secret.as_ref().map(Secret::reveal);
        if secret.is_some_and(|secret| secret.len() < SECRET_BYTES_MIN) {
            return Err(StandaloneError::ShortSecret);
        }
        let secret = secret.map(|secret| DecodingKey::from_secret(secret.as_bytes()));
        let secret = secret
            .transpose()
            .map_err(|_| StandaloneError::ShortSecret)?
            .map(|key| VerificationKey {
                key,
                algorithm: Algorithm::HS256,
            });
        let mut validation = Validation {
            leeway: LEEWAY_S,
            validate_nbf: true,
            validate_exp: false,
            ..Validation::default()
        };
        let mut required = vec!["exp", "sub"];
        if let Some(issuer) = &config.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &config.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Ok(Self {
            public: config.keys_file.clone().map(KeyFile::open).transpose()?,
            secret,
            validation,
            stats: VerifyStats::default(),
            revocations: Revocations::default(),
            token_life_ms: i64::from(config.token_life_s.unwrap_or(TOKEN_LIFE_S)) * 1_000,
        })
    }

    /// The same with the revocations that the operator's file holds. One running hub has the file.
    ///
    /// # Errors
    /// [`StandaloneError::Revocations`].
    pub fn remembering(self, config: &StandaloneConfig) -> Result<Self, StandaloneError> {
        let Some(path) = &config.revocations_file else {
            return Ok(self);
        };
        let revocations = Revocations::open(path, clock::now_ms());
        Ok(Self {
            revocations: revocations.map_err(StandaloneError::Revocations)?,
            ..self
        })
    }

    /// Whose connection a token is for.
    ///
    /// # Errors
    /// [`VerifyError::Expired`] and [`VerifyError::Invalid`].
    pub fn verify(&self, token: &str) -> Result<Identity, VerifyError> {
        let claims: ConnectionClaims = self.read(token)?;
        if claims.sub.is_empty() {
            return Err(self.refuse(Flaw(Reason::ClaimMissing, "sub is empty".into())));
        }
        if claims.channel.is_some() {
            let hint = "it is for a subscription and not for a connection";
            return Err(self.refuse(Flaw(Reason::ForAnother, hint.into())));
        }
        self.check_supported(&[
            ("subs", claims.subs.is_some()),
            ("meta", claims.meta.is_some()),
            ("caps", claims.caps.is_some()),
            ("b64info", claims.b64info.is_some()),
            ("expire_at", claims.expire_at.is_some()),
        ])?;
        let session = claims.sid.or(claims.jti).unwrap_or_default();
        self.check_standing(&claims.sub, &session, claims.iat)?;
        Ok(Identity {
            user: claims.sub,
            session,
            info: self.info(claims.info)?,
            expires_at_ms: self.end_ms(claims.exp)?,
            grants: Vec::new(),
            next_grants: String::new(),
            channels: claims.channels,
        })
    }

    /// What a token lets `user` do in `channel`.
    ///
    /// # Errors
    /// [`VerifyError::Expired`], and [`VerifyError::Invalid`] also when it is for somebody or
    /// something else.
    pub fn permit(
        &self,
        token: &str,
        user: &str,
        channel: &str,
    ) -> Result<Permission, VerifyError> {
        let claims: SubscriptionClaims = self.read(token)?;
        if claims.sub != user || claims.channel != channel {
            let hint = "it is for another user or channel";
            return Err(self.refuse(Flaw(Reason::ForAnother, hint.into())));
        }
        self.check_supported(&[
            ("override", claims.r#override.is_some()),
            ("meta", claims.meta.is_some()),
            ("caps", claims.caps.is_some()),
            ("b64info", claims.b64info.is_some()),
        ])?;
        let session = claims.sid.or(claims.jti).unwrap_or_default();
        self.check_standing(&claims.sub, &session, claims.iat)?;
        let token_ends_ms = self.end_ms(claims.exp)?;
        let expires_at_ms = match claims.expire_at {
            Some(0.0) => None,
            Some(at) => Some(self.end_ms(at)?),
            None => Some(token_ends_ms),
        };
        Ok(Permission {
            expires_at_ms,
            info: self.info(claims.info)?,
        })
    }

    /// Takes note of why a token is refused.
    fn refuse(&self, Flaw(reason, detail): Flaw) -> VerifyError {
        self.stats.refused.note(reason, &detail);
        match reason {
            Reason::Expired => VerifyError::Expired,
            Reason::Revoked => VerifyError::Revoked,
            _ => VerifyError::Invalid,
        }
    }

    fn check_supported(&self, claims: &[(&str, bool)]) -> Result<(), VerifyError> {
        match claims.iter().find(|(_, is_there)| *is_there) {
            None => Ok(()),
            Some((claim, _)) => {
                let hint = format!("the claim {claim} is not supported: leave it out");
                Err(self.refuse(Flaw(Reason::ClaimUnsupported, hint)))
            }
        }
    }

    fn check_standing(
        &self,
        user: &str,
        session: &str,
        iat: Option<f64>,
    ) -> Result<(), VerifyError> {
        let issued = IssuedAt { seconds: iat };
        let standing = self
            .revocations
            .standing(user, session, issued, clock::now_ms());
        let flaw = |hint: &str| Flaw(Reason::Revoked, hint.into());
        match standing {
            Standing::Good => Ok(()),
            Standing::Revoked => Err(self.refuse(flaw("it was issued before"))),
            Standing::Unclear => {
                self.refuse(flaw("it was issued in the same second"));
                // The client brings another one.
                Err(VerifyError::Expired)
            }
        }
    }

    /// What a token tells others, on one line.
    fn info(&self, info: Option<Value>) -> Result<Bytes, VerifyError> {
        let info = info.map_or_else(Bytes::new, |info| info.to_string().into());
        if info.is_empty() || payload::check(&info).is_ok() {
            return Ok(info);
        }
        let hint = "the claim info is nested too deep";
        Err(self.refuse(Flaw(Reason::Malformed, hint.into())))
    }

    /// The end that a token says, in seconds that may have a fraction (RFC 7519, section 2), as UTC
    /// milliseconds since 1970-01-01, if it is still to come.
    fn end_ms(&self, seconds: f64) -> Result<i64, VerifyError> {
        #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
        let end_ms = (seconds * 1_000.0) as i64;
        if clock::until_ms(end_ms).is_zero() {
            return Err(self.refuse(Flaw(Reason::Expired, String::new())));
        }
        Ok(end_ms)
    }

    fn read<C: DeserializeOwned>(&self, token: &str) -> Result<C, VerifyError> {
        let _in_flight = self.stats.begin();
        self.claims(token).map_err(|flaw| self.refuse(flaw))
    }

    fn claims<C: DeserializeOwned>(&self, token: &str) -> Result<C, Flaw> {
        let header =
            decode_header(token).map_err(|error| Flaw(Reason::Malformed, error.to_string()))?;
        let mut validation = self.validation.clone();
        let mut flaw = Flaw(Reason::NoKey, format!("{:?}", header.alg));
        for key in self.candidates(&header) {
            validation.algorithms = vec![key.algorithm];
            match decode(token, &key.key, &validation) {
                Ok(read) => return Ok(read.claims),
                Err(error) => {
                    let reason = reason(error.kind());
                    flaw = Flaw(reason, error.to_string());
                    if reason != Reason::Signature {
                        // This key has signed it.
                        break;
                    }
                }
            }
        }
        Err(flaw)
    }

    /// The keys that may have signed a token with that header: those that are for its algorithm.
    /// The secret is for HS256 and a public key never is, so nobody signs with what everybody knows.
    fn candidates(&self, header: &Header) -> Vec<VerificationKey> {
        if header.alg == Algorithm::HS256 {
            return self.secret.iter().cloned().collect();
        }
        let Some(public) = &self.public else {
            return Vec::new();
        };
        // Many back-ends name no key, and PEM has no names: then each is tried.
        let named = header.kid.as_ref().and_then(|kid| public.find(kid));
        let mut keys = named.map_or_else(|| public.all(), |key| vec![key]);
        keys.retain(|key| key.algorithm == header.alg);
        keys
    }
}

impl Authority for TokenKeys {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, VerifyError>> {
        Box::pin(ready(Self::verify(self, token)))
    }

    fn is_reachable(&self) -> bool {
        true
    }

    fn verify_stats(&self) -> &VerifyStats {
        &self.stats
    }

    fn revoke(&self, subjects: &[Subject], until_ms: Option<i64>) -> Result<(), RevokeRefused> {
        let now_ms = clock::now_ms();
        let until_ms = until_ms.unwrap_or_else(|| now_ms.saturating_add(self.token_life_ms));
        self.revocations.revoke(subjects, now_ms, until_ms)
    }
}

fn reason(error: &ErrorKind) -> Reason {
    match error {
        ErrorKind::InvalidSignature => Reason::Signature,
        ErrorKind::ImmatureSignature => Reason::NotYet,
        ErrorKind::InvalidIssuer => Reason::Issuer,
        ErrorKind::InvalidAudience => Reason::Audience,
        ErrorKind::MissingRequiredClaim(_) => Reason::ClaimMissing,
        _ => Reason::Malformed,
    }
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
