//! TLS between core and hub, in which both sides present a certificate of one private authority
//! (`infra/tls` makes one).

use std::{fs, path::Path, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tonic::{
    service::InterceptorLayer,
    transport::{
        self, Certificate, ClientTlsConfig, Endpoint, Error, Server, ServerTlsConfig, Uri,
    },
};
use tower::layer::util::{Identity, Stack};

use crate::{config::ConfigError, grpc_peers::NoteAsked};

/// Section `grpc_tls` of a program's configuration: all three files, or none for plain text.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GrpcTlsConfig {
    /// PEM file with the certificate of the authority whose certificates are accepted.
    /// Not set, as the other two, gRPC runs in plain text.
    pub ca_file: Option<PathBuf>,
    /// PEM file with this program's certificate, which it presents as server and as client.
    /// Not set where `ca_file` is not.
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the certificate's private key. Not set where `ca_file` is not.
    pub key_file: Option<PathBuf>,
}

/// Certificates, read.
#[derive(Clone)]
pub struct MutualTls {
    authority: Certificate,
    identity: transport::Identity,
}

impl GrpcTlsConfig {
    /// Reads the files, if they are configured.
    ///
    /// # Errors
    /// [`ConfigError`] when one is named without the others or cannot be read.
    pub fn read(&self) -> Result<Option<MutualTls>, ConfigError> {
        match (&self.ca_file, &self.certificate_file, &self.key_file) {
            (None, None, None) => Ok(None),
            (Some(authority), Some(certificate), Some(key)) => Ok(Some(MutualTls {
                authority: Certificate::from_pem(read("grpc_tls.ca_file", authority)?),
                identity: transport::Identity::from_pem(
                    read("grpc_tls.certificate_file", certificate)?,
                    read("grpc_tls.key_file", key)?,
                ),
            })),
            _ => Err(ConfigError::Invalid(
                "grpc_tls needs ca_file, certificate_file and key_file, or none of them".into(),
            )),
        }
    }

    /// Checks that `url`, the value of `key`, says https exactly when TLS is configured.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check_url(&self, key: &str, url: &str) -> Result<(), ConfigError> {
        let uri: Option<Uri> = url.parse().ok();
        let scheme = uri.as_ref().and_then(|uri| uri.scheme_str());
        let wanted = if self.ca_file.is_some() {
            "https"
        } else {
            "http"
        };
        if scheme == Some(wanted) {
            return Ok(());
        }
        let with = if self.ca_file.is_some() {
            "with"
        } else {
            "without"
        };
        Err(ConfigError::Invalid(format!(
            "{key} must be {wanted}://host:port {with} grpc_tls"
        )))
    }
}

/// How `url` is called, with the certificates if there are any.
///
/// # Errors
/// When the URL or a certificate cannot be used.
pub fn endpoint(url: &str, tls: Option<&MutualTls>) -> Result<Endpoint, Error> {
    let endpoint = Endpoint::from_shared(url.to_owned())?;
    match tls {
        None => Ok(endpoint),
        Some(MutualTls {
            authority,
            identity,
        }) => endpoint.tls_config(
            ClientTlsConfig::new()
                .ca_certificate(authority.clone())
                .identity(identity.clone()),
        ),
    }
}

/// A server as [`crate::grpc_peers`] wants it.
pub type NotingServer = Server<Stack<InterceptorLayer<NoteAsked>, Identity>>;

/// A server that demands a certificate of its callers, if there is an authority to go by.
///
/// # Errors
/// When a certificate cannot be used.
pub fn server(tls: Option<&MutualTls>) -> Result<NotingServer, Error> {
    let server = Server::builder().layer(InterceptorLayer::new(NoteAsked));
    match tls {
        None => Ok(server),
        Some(MutualTls {
            authority,
            identity,
        }) => server.tls_config(
            ServerTlsConfig::new()
                .client_ca_root(authority.clone())
                .identity(identity.clone()),
        ),
    }
}

/// What is in the file that `key` names.
pub(crate) fn read(key: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| {
        ConfigError::Invalid(format!("cannot read {} ({key}): {error}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_alone_is_refused() {
        let config = GrpcTlsConfig {
            ca_file: Some("ca.pem".into()),
            ..GrpcTlsConfig::default()
        };
        let error = config.read().err().unwrap().to_string();
        assert!(error.contains("grpc_tls"), "{error}");
        assert!(GrpcTlsConfig::default().read().unwrap().is_none());
    }

    #[test]
    fn missing_file_is_named() {
        let nowhere = Some(PathBuf::from("/nowhere/ca.pem"));
        let config = GrpcTlsConfig {
            ca_file: nowhere.clone(),
            certificate_file: nowhere.clone(),
            key_file: nowhere,
        };
        let error = config.read().err().unwrap().to_string();
        assert!(error.contains("grpc_tls.ca_file"), "{error}");
    }

    #[test]
    fn url_must_say_whether_there_is_tls() {
        let plain = GrpcTlsConfig::default();
        let secured = GrpcTlsConfig {
            ca_file: Some("ca.pem".into()),
            ..GrpcTlsConfig::default()
        };
        assert!(plain.check_url("core.url", "http://core:9201").is_ok());
        assert!(secured.check_url("core.url", "https://core:9201").is_ok());
        let error = secured
            .check_url("core.url", "http://core:9201")
            .unwrap_err();
        assert!(error.to_string().contains("core.url must be https://"));
        assert!(plain.check_url("core.url", "https://core:9201").is_err());
        assert!(plain.check_url("core.url", "core").is_err());
    }
}
