//! TLS with clients that present no certificate. Who renews the server's own replaces its files,
//! and nothing is restarted.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::{
        CryptoProvider,
        ring::{self, Ticketer},
    },
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};

use crate::{config::ConfigError, mutual_tls::read};

/// What clients may choose by ALPN. What is upgraded or taken over is HTTP/1.1.
const PROTOCOLS: &[&[u8]] = &[b"http/1.1"];

/// Section `tls` of a program's configuration: both files, or none for plain text.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublicTlsConfig {
    /// PEM file with the certificate for clients, and after it those between it and its authority.
    /// Without it clients are served in plain text.
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the certificate's private key. Not set where `certificate_file` is not.
    pub key_file: Option<PathBuf>,
    /// How often the files are looked at: new ones are shown to whoever connects from then on.
    #[schemars(range(min = 1, max = 86_400))]
    pub renewal_check_s: u32,
}

impl Default for PublicTlsConfig {
    fn default() -> Self {
        Self {
            certificate_file: None,
            key_file: None,
            renewal_check_s: 60,
        }
    }
}

impl PublicTlsConfig {
    /// Whether clients are served by TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.certificate_file.is_some()
    }

    /// Reads the files, if they are configured.
    ///
    /// # Errors
    /// [`ConfigError`] when one is named without the other, cannot be read or is not what it should
    /// be.
    pub fn read(&self) -> Result<Option<CertifiedKey>, ConfigError> {
        match (&self.certificate_file, &self.key_file) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => certified_key(certificate, key).map(Some),
            _ => Err(ConfigError::Invalid(
                "tls needs certificate_file and key_file, or neither".into(),
            )),
        }
    }
}

fn certified_key(certificate: &Path, key: &Path) -> Result<CertifiedKey, ConfigError> {
    let unusable = |name: &str, path: &Path, error: &dyn std::fmt::Display| {
        ConfigError::Invalid(format!("{} (tls.{name}) {error}", path.display()))
    };
    let pem = read("tls.certificate_file", certificate)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| {
        unusable(
            "certificate_file",
            certificate,
            &format!("is no PEM: {error}"),
        )
    })?;
    if chain.is_empty() {
        let missing = "holds no certificate in PEM";
        return Err(unusable("certificate_file", certificate, &missing));
    }
    let pem = read("tls.key_file", key)?;
    let private = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|error| unusable("key_file", key, &format!("holds no private key: {error}")))?;
    CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| {
        let mismatch = format!("does not go with {}: {error}", certificate.display());
        unusable("key_file", key, &mismatch)
    })
}

/// The certificate that clients are shown.
#[derive(Debug)]
pub struct ShownCertificate {
    config: PublicTlsConfig,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl ShownCertificate {
    /// Shows what `config` names, if it names anything.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be used.
    pub fn new(config: &PublicTlsConfig) -> Result<Option<Arc<Self>>, ConfigError> {
        let read = config.read()?;
        Ok(read.map(|certificate| {
            Arc::new(Self {
                config: config.clone(),
                shown: RwLock::new(Arc::new(certificate)),
            })
        }))
    }

    /// How a server shows it: TLS 1.2 and 1.3, HTTP/1.1 alone.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn server(self: &Arc<Self>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        server.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
        // When thousands come back at once, most do without a signature.
        server.ticketer = Ticketer::new()?;
        Ok(Arc::new(server))
    }

    /// Looks at the files from time to time, for as long as it is polled. Files that cannot be
    /// used change nothing.
    pub async fn follow_files(self: Arc<Self>) {
        let every = Duration::from_secs(self.config.renewal_check_s.into());
        let mut looks = interval(every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut complaint = String::new();
        loop {
            looks.tick().await;
            match self.renew() {
                Ok(renewed) => {
                    complaint.clear();
                    if renewed {
                        tracing::info!("new clients are shown another certificate");
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    if error != complaint {
                        tracing::warn!(error, "the certificate stays as it was");
                        complaint = error;
                    }
                }
            }
        }
    }

    /// Shows what is in the files now. False if that is what is shown anyway.
    ///
    /// # Errors
    /// [`ConfigError`] when the files cannot be used.
    pub fn renew(&self) -> Result<bool, ConfigError> {
        let Some(read) = self.config.read()? else {
            return Ok(false);
        };
        if read.cert == self.shown().cert {
            return Ok(false);
        }
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(true)
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        // No code panics while it holds the lock.
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }
}

impl ResolvesServerCert for ShownCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }
}

/// The provider of cryptography that gRPC uses as well.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use rookery_harness::certificates::Certificates;

    use super::*;

    pub(crate) fn config(certificate: PathBuf, key: PathBuf) -> PublicTlsConfig {
        PublicTlsConfig {
            certificate_file: Some(certificate),
            key_file: Some(key),
            ..PublicTlsConfig::default()
        }
    }

    #[track_caller]
    fn check_refused(config: &PublicTlsConfig, because: &[&str]) {
        let error = config.read().unwrap_err().to_string();
        for part in because {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let certificates = Certificates::make().unwrap();
        let file = |name| certificates.certificate(name);
        let good = config(file("hub"), certificates.key("hub"));
        assert_eq!(good.read().unwrap().unwrap().cert.len(), 1);
        assert!(PublicTlsConfig::default().read().unwrap().is_none());

        let alone = PublicTlsConfig {
            key_file: None,
            ..good.clone()
        };
        check_refused(&alone, &["tls needs certificate_file and key_file"]);
        let missing = config("/nowhere/hub.crt".into(), certificates.key("hub"));
        check_refused(&missing, &["tls.certificate_file", "/nowhere/hub.crt"]);
        let swapped = config(certificates.key("hub"), file("hub"));
        check_refused(&swapped, &["tls.certificate_file", "no certificate"]);
        let no_key = config(file("hub"), file("hub"));
        check_refused(&no_key, &["tls.key_file", "no private key"]);
        let of_another = config(file("hub"), certificates.key("core"));
        check_refused(&of_another, &["tls.key_file", "does not go with"]);
        fs::write(file("hub"), "-----BEGIN CERTIFICATE-----\n!\n").unwrap();
        check_refused(&good, &["tls.certificate_file", "is no PEM"]);
    }

    #[test]
    fn intermediate_certificates_are_shown_as_well() {
        let certificates = Certificates::make().unwrap();
        let read = |name| fs::read(certificates.certificate(name)).unwrap();
        let chain = [read("hub"), read("ca")].concat();
        fs::write(certificates.certificate("hub"), chain).unwrap();
        let config = config(certificates.certificate("hub"), certificates.key("hub"));
        assert_eq!(config.read().unwrap().unwrap().cert.len(), 2);
    }

    #[test]
    fn new_files_are_shown_and_broken_ones_are_not() {
        let certificates = Certificates::make().unwrap();
        let config = config(certificates.certificate("hub"), certificates.key("hub"));
        let shown = ShownCertificate::new(&config).unwrap().unwrap();
        let first = shown.shown();
        assert!(!shown.renew().unwrap());

        // The certificate is there already, its key is not.
        fs::copy(
            certificates.certificate("core"),
            certificates.certificate("hub"),
        )
        .unwrap();
        assert!(shown.renew().is_err());
        assert!(Arc::ptr_eq(&first, &shown.shown()));
        fs::copy(certificates.key("core"), certificates.key("hub")).unwrap();
        assert!(shown.renew().unwrap());
        assert_ne!(first.cert, shown.shown().cert);
        assert!(!shown.renew().unwrap());
    }
}
