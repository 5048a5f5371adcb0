//! Credentials in an `Authorization` header (RFC 9110, section 11.4).

/// What is presented by `scheme`, whose name is the same in upper and lower case.
#[must_use]
pub fn by_scheme<'a>(authorization: &'a str, scheme: &str) -> Option<&'a str> {
    let (presented, credentials) = authorization.split_once(' ')?;
    presented
        .eq_ignore_ascii_case(scheme)
        .then(|| credentials.trim_matches(' '))
}

/// The token of the scheme `Bearer` (RFC 6750).
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    by_scheme(authorization, "Bearer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_is_the_same_in_any_case() {
        for header in ["Bearer t", "bearer t", "BEARER  t ", "bEaReR t"] {
            assert_eq!(bearer(header), Some("t"), "{header}");
        }
        for header in ["", "Bearer", "t", "Basic t", "Bearert", " Bearer t"] {
            assert_eq!(bearer(header), None, "{header}");
        }
        assert_eq!(by_scheme("ApiKey k", "apikey"), Some("k"));
    }
}
