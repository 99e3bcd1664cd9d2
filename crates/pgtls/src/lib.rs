//! TLS to PostgreSQL, by rustls, in libpq's words (PostgreSQL manual, "SSL Mode Descriptions"). `prefer` and `require`
//! encrypt without asking who answers, as libpq does; `verify-ca` and `verify-full` ask an authority: one of the public
//! ones, or those in the file that `sslrootcert` names.

mod listen;

pub use listen::{ListenError, listen};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why nobody could be asked for a certificate.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// What is wrong with the file that `sslrootcert` names.
    #[error("{0}")]
    Authorities(String),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// How much a connection wants of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// When the server offers it; its certificate isn't checked. What libpq does when nothing is said.
    #[default]
    Prefer,
    /// Always; the certificate isn't checked.
    Require,
    /// Always, with a certificate of an authority in this file, whatever name is in it.
    VerifyCa(PathBuf),
    /// Always, with a certificate for this very host name, of an authority in this file or else of a public one.
    VerifyFull(Option<PathBuf>),
}

impl TlsMode {
    /// The values of `sslmode=` and `sslrootcert=`, where they are given. The file is read here for the first time, so
    /// that a mistake in it is told to whoever wrote it.
    ///
    /// # Errors
    /// The text of the refusal.
    pub fn named(mode: Option<&str>, root: Option<&str>) -> Result<Self, String> {
        let root = root.filter(|root| *root != "system").map(PathBuf::from);
        if let Some(file) = &root {
            read_authorities(file)?;
        }
        match (mode.unwrap_or("prefer"), root) {
            ("disable", None) => Ok(Self::Disable),
            ("prefer", None) => Ok(Self::Prefer),
            ("require", None) => Ok(Self::Require),
            // As libpq does: who names an authority wants it asked.
            ("require" | "verify-ca", Some(file)) => Ok(Self::VerifyCa(file)),
            ("verify-ca", None) => {
                Err("sslmode=verify-ca needs sslrootcert=/path/to/ca.pem, the authority's certificate; for a public one use verify-full"
                    .into())
            }
            ("verify-full", file) => Ok(Self::VerifyFull(file)),
            ("disable" | "prefer", Some(_)) => {
                Err("sslrootcert asks for sslmode=verify-full or verify-ca; otherwise nobody would look at it".into())
            }
            (other, _) => Err(format!("sslmode={other} is not known; use disable, prefer, require, verify-ca or verify-full")),
        }
    }

    /// The value of `sslmode=`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa(_) => "verify-ca",
            Self::VerifyFull(_) => "verify-full",
        }
    }

    /// The file with the authorities that count, when one was named.
    #[must_use]
    pub fn authorities(&self) -> Option<&Path> {
        match self {
            Self::VerifyCa(file) => Some(file),
            Self::VerifyFull(file) => file.as_deref(),
            Self::Disable | Self::Prefer | Self::Require => None,
        }
    }

    /// What the driver is told.
    #[must_use]
    pub fn ssl_mode(&self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa(_) | Self::VerifyFull(_) => SslMode::Require,
        }
    }

    /// The mode for this very connection: a unix socket never leaves the machine and has no name to check.
    #[must_use]
    pub fn over(self, config: &Config) -> Self {
        let is_socket = |host: &Host| matches!(host, Host::Unix(_));
        if config.get_hosts().iter().any(is_socket) { Self::Disable } else { self }
    }

    /// How the other side is recognised.
    ///
    /// # Errors
    /// When the file with the authorities can't be read any more.
    pub fn connector(&self) -> Result<MakeRustlsConnect, ConnectorError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let read = |file: &Path| read_authorities(file).map_err(ConnectorError::Authorities);
        let client = match self {
            Self::VerifyFull(file) => {
                let public = || RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
                let roots = file.as_deref().map_or_else(|| Ok(public()), read)?;
                builder.with_root_certificates(roots).with_no_client_auth()
            }
            Self::VerifyCa(file) => {
                let lax = Lax { provider, roots: Some(read(file)?) };
                builder.dangerous().with_custom_certificate_verifier(Arc::new(lax)).with_no_client_auth()
            }
            Self::Disable | Self::Prefer | Self::Require => {
                let lax = Lax { provider, roots: None };
                builder.dangerous().with_custom_certificate_verifier(Arc::new(lax)).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(client))
    }
}

/// The certificates in a PEM file. One message for every fault of the file itself: it can be named by people who
/// may not look around on this machine.
fn read_authorities(file: &Path) -> Result<RootCertStore, String> {
    if !file.is_absolute() {
        return Err("sslrootcert must be the whole path of a file on the panel's machine, such as /etc/ssl/db-ca.pem".into());
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).into_iter().flatten().flatten() {
        // What is no certificate after all is left out, and then nothing may be left.
        drop(roots.add(certificate));
    }
    if roots.is_empty() {
        return Err(format!("sslrootcert={}: no certificate (PEM) can be read there", file.display()));
    }
    Ok(roots)
}

/// Why a connection could not be made, to the root of it: the driver's own words stop before the reason.
#[must_use]
pub fn why(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return db.message().to_owned();
    }
    let Some(source) = std::error::Error::source(error) else { return error.to_string() };
    let inner = source.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(fault)) => certificate(fault),
        Some(other) => format!("TLS: {other}"),
        None => source.to_string(),
    }
}

fn certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate is not from an authority that is trusted here; name the right one's file with sslrootcert=".into()
        }
        CertificateError::NotValidForName => "the server's certificate is for another host name".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            // Each is `DnsName("db.example.com")`.
            let names: Vec<&str> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            let named = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!("the server's certificate is not for {}, only for: {named}", expected.to_str())
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the server's certificate has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "the server's certificate is not valid yet".into(),
        other => format!("the server's certificate is not accepted: {other}"),
    }
}

/// Takes a certificate of any name, but only from who holds its key, and only of these authorities where some are given.
#[derive(Debug)]
struct Lax {
    provider: Arc<CryptoProvider>,
    roots: Option<RootCertStore>,
}

impl ServerCertVerifier for Lax {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&ParsedCertificate::try_from(certificate)?, roots, between, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
