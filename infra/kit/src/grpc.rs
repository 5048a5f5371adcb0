//! What every gRPC server and client of Rookery has in common.

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};

use crate::{
    credentials::bearer,
    secret::{Fingerprint, Secret},
};

/// Adds the internal credential to every call.
#[derive(Clone)]
pub struct PresentCredential(MetadataValue<Ascii>);

impl PresentCredential {
    /// # Errors
    /// When the secret holds characters that a header cannot carry.
    pub fn new(secret: &Secret) -> Result<Self, tonic::metadata::errors::InvalidMetadataValue> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", secret.reveal()).parse()?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Interceptor for PresentCredential {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Refuses every call without the internal credential.
#[derive(Clone)]
pub struct DemandCredential(Fingerprint);

impl DemandCredential {
    /// Demands `secret`.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(secret.fingerprint())
    }
}

impl Interceptor for DemandCredential {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let presented = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(bearer);
        match presented {
            Some(secret) if self.0.matches(secret) => Ok(request),
            _ => Err(Status::unauthenticated("present the internal credential")),
        }
    }
}

/// The standard reflection service over an encoded `FileDescriptorSet`.
///
/// # Errors
/// When the descriptors cannot be decoded.
pub fn reflection(
    descriptors: &'static [u8],
) -> Result<ServerReflectionServer<impl ServerReflection>, tonic_reflection::server::Error> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(descriptors)
        .build_v1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credential_is_demanded() {
        let secret = Secret::new("between us");
        let mut demand = DemandCredential::new(&secret);
        let presented = PresentCredential::new(&secret)
            .unwrap()
            .call(Request::new(()))
            .unwrap();
        assert!(demand.call(presented).is_ok());

        let other = PresentCredential::new(&Secret::new("a guess")).unwrap();
        let presented = other.clone().call(Request::new(())).unwrap();
        assert_eq!(
            demand.call(presented).unwrap_err().code(),
            tonic::Code::Unauthenticated
        );
        assert!(demand.call(Request::new(())).is_err());

        let mut lower = Request::new(());
        let value = "bearer between us".parse().unwrap();
        lower.metadata_mut().insert("authorization", value);
        assert!(demand.call(lower).is_ok());
    }
}
